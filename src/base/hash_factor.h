/* 2^64 divided by the golden ratio, made odd: numbers multiplied by it differ in the upper bits of the
 * product, also those that follow one another (Knuth, The Art of Computer Programming, volume 3, 6.4). */
#ifndef BASE_HASH_FACTOR_H
#define BASE_HASH_FACTOR_H

#include <stdint.h>

#define HASH_FACTOR UINT64_C(0x9e3779b97f4a7c15)

#endif
