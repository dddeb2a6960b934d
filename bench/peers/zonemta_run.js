// Speed of ZoneMTA's bounce rules (npm: zone-mta), over the replies of a plain native archive:
//     node zonemta_run.js NODE_MODULES ARCHIVE ROUNDS
// Prints a line of JSON: replies per second, the best of so many rounds, and of how many replies a rule knew anything.
// Its answers (defer, reject, slowdown, and a category) are to another question than bouncemill's: not compared.
'use strict';

const fs = require('fs');
const path = require('path');
const COLUMNS = { smtpCode: 5, enhancedCode: 6, diagnostic: 7 };
const ROUND_MS = 500;

/** Rows of fields; quoted fields may hold commas, quotes and line feeds. */
function rowsOf(text) {
    const rows = [[]];
    const pattern = /(?:"((?:[^"]|"")*)"|([^,\n]*))(,|\n|$)/gy;
    while (pattern.lastIndex < text.length) {
        const [, quoted, bare, end] = pattern.exec(text);
        rows[rows.length - 1].push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
        if (end === '\n' && pattern.lastIndex < text.length) {
            rows.push([]);
        }
    }
    return rows;
}

/** The reply as the server said it: most texts begin with its codes. */
function replyOf(fields) {
    const text = fields[COLUMNS.diagnostic] || '';
    const codes = [fields[COLUMNS.smtpCode], fields[COLUMNS.enhancedCode]].filter(code => code);
    return /^\d{3}/.test(text) ? text : [...codes, text].join(' ');
}

function roundRate(bounces, replies) {
    const start = process.hrtime.bigint();
    let count = 0;
    let milliseconds;
    do {
        replies.forEach(reply => bounces.check(reply));
        count += replies.length;
        milliseconds = Number(process.hrtime.bigint() - start) / 1e6;
    } while (milliseconds < ROUND_MS);
    return (count / milliseconds) * 1000;
}

const [modules, archive, rounds] = process.argv.slice(2);
const bounces = require(path.resolve(modules, 'zone-mta', 'lib', 'bounces.js'));
const replies = rowsOf(fs.readFileSync(archive, 'utf8')).slice(1).map(replyOf);
const rates = Array.from({ length: Number(rounds) }, () => roundRate(bounces, replies));
console.log(
    JSON.stringify({
        version: require(path.resolve(modules, 'zone-mta', 'package.json')).version,
        rules: bounces.rules.length,
        replies: replies.length,
        known: replies.filter(reply => bounces.check(reply).category).length,
        replies_per_s: Math.max(...rates)
    })
);
