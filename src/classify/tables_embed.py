"""Writes a C file that holds the classifier's tables: tables_embed.py OUT.c NAME=FILE..."""
import sys


def array(name, data):
    lines = [",".join(str(byte) for byte in data[i:i + 24]) for i in range(0, len(data), 24)]
    return (f"static const char {name}_bytes[] = {{\n" + ",\n".join(lines) + "};\n"
            f"const struct span table_builtin_{name} = {{{name}_bytes, sizeof {name}_bytes}};\n")


def main():
    out, tables = sys.argv[1], [argument.split("=", 1) for argument in sys.argv[2:]]
    with open(out, "w", encoding="ascii") as target:
        target.write('#include "base/base.h"\n#include "classify/table.h"\n')
        for name, path in tables:
            with open(path, "rb") as table:
                data = table.read()
            target.write(array(name, [byte if byte < 128 else byte - 256 for byte in data]))


if __name__ == "__main__":
    main()
