// SPDX-License-Identifier: LGPL-2.1-or-later
// The loop over jobs that both JavaScript peers run; see ../peers/line_peer.py.

import fs from 'fs';
import { createRequire } from 'module';
import path from 'path';
import readline from 'readline';

// Packages are installed outside the source tree: tools/install-peers says where.
const require = createRequire(path.join(process.env.INTEROP_NODE, 'here.js'));

export function load(name) {
    return require(name);
}

export function read(file) {
    return fs.readFileSync(file);
}

// The contents of all PEM blocks of a kind, for example 'CERTIFICATE'.
export function pem(file, kind) {
    const block = new RegExp(`-----BEGIN ${kind}-----([^-]*)-----END`, 'g');
    return [...fs.readFileSync(file, 'latin1').matchAll(block)]
        .map((match) => Buffer.from(match[1], 'base64'));
}

async function run(operations, line) {
    const [operation, ...fields] = line.split('\t');
    const job = Object.fromEntries(fields.map((field) => {
        const at = field.indexOf('=');
        return [field.slice(0, at), field.slice(at + 1)];
    }));
    fs.writeFileSync(job.out, await operations[operation](job));
}

export async function serve(operations) {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        try {
            await run(operations, line);
            console.log('ok');
        } catch (error) {
            const cause = error.cause ?? error.innerError;
            const why = `${error.message ?? error}${cause ? ` / ${cause.message}` : ''}`;
            console.log(`refused\t${why.replace(/\s+/g, ' ') || error.name}`);
        }
    }
}
