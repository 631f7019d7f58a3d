/* app.mjs -- the starter app for browser tests: started in a folder of its own, stopped by its process id. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const binary = join(process.env.CARAFE_BUILD || join(root, 'build'), 'starter', 'flaskinni');

export const admin = { email: 'admin@example.com', password: 'correct horse battery' };

function freePort() {
    return new Promise((resolve) => {
        const server = createServer().listen(0, '127.0.0.1', () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/* The first true answer of an async function; throws when there is none in time. */
export async function waitFor(what, fn, ms = 10000) {
    const end = Date.now() + ms;
    for (;;) {
        const answer = await fn();
        if (answer)
            return answer;
        if (Date.now() > end)
            throw new Error(`waited ${ms} ms for ${what}`);
        await sleep(50);
    }
}

/* DATABASE_URL of an empty database on the server that CARAFE_TEST_DATABASE names, if it names one. */
function newDatabase() {
    const server = process.env.CARAFE_TEST_DATABASE;
    if (!server)
        return {};
    const name = `browser_${Date.now()}_${process.pid}`;
    const made = spawnSync('psql', ['-XAtqc', `CREATE DATABASE ${name}`, server], { encoding: 'utf8' });
    if (made.status !== 0)
        throw new Error(`psql: ${made.stderr}`);
    return { DATABASE_URL: server.replace(/\/[^/]*$/, `/${name}`) };
}

export class App {
    static async start(settings = {}) {
        const app = new App();
        app.folder = mkdtempSync(join(tmpdir(), 'carafe-browser-'));
        app.port = await freePort();
        app.url = `http://127.0.0.1:${app.port}`;
        app.env = {
            PATH: process.env.PATH, HOME: app.folder, TZ: 'UTC', HOST: '127.0.0.1', PORT: String(app.port),
            CARAFE_ENV: 'development', WORKERS: '2', SECRET_KEY: `only-for-tests-${'k'.repeat(49)}`,
            STARTING_ADMINS: admin.email, STARTING_ADMIN_PASS: admin.password, ADMIN_EMAIL: admin.email,
            ...newDatabase(), ...settings,
        };
        await app.begin();
        return app;
    }

    async begin() {
        const log = openSync(join(this.folder, 'server.log'), 'a');
        this.process = spawn(binary, ['run'], { cwd: this.folder, env: this.env, stdio: ['ignore', log, log] });
        this.ended = new Promise((resolve) => this.process.on('exit', (code, signal) => resolve(signal || code)));
        await waitFor(`the app to answer\n${this.log()}`, async () => {
            if (this.process.exitCode !== null)
                throw new Error(`the app ended with ${this.process.exitCode}:\n${this.log()}`);
            return fetch(`${this.url}/login`).then((answer) => answer.ok, () => false);
        }, 30000);
    }

    log() {
        return readFileSync(join(this.folder, 'server.log'), 'utf8');
    }

    async stop() {
        this.process.kill('SIGTERM');
        return this.ended;
    }

    async end() {
        const code = await this.stop();
        rmSync(this.folder, { recursive: true, force: true });
        return code;
    }

    /* Runs a command of the app's binary; { status, out }. */
    command(...words) {
        const run = spawnSync(binary, words, { cwd: this.folder, env: this.env, encoding: 'utf8' });
        return { status: run.status, out: run.stdout + run.stderr };
    }

    /* Writes files into a folder below the app's own and returns its path. */
    write(folder, files) {
        const path = join(this.folder, folder);
        mkdirSync(path, { recursive: true });
        for (const [name, text] of Object.entries(files))
            writeFileSync(join(path, name), text);
        return path;
    }

    async inbox() {
        const mails = await (await fetch(`${this.url}/_dev/inbox.json`)).json();
        return Array.isArray(mails) ? mails : mails.mails;
    }

    /* The newest mail to an address whose text part holds a link that begins so; the link. */
    async link(to, path, after = 0) {
        return waitFor(`a mail to ${to} with a link to ${path}`, async () => {
            const links = [];
            for (const mail of await this.inbox()) {
                const text = JSON.stringify(mail);
                if (!text.includes(to))
                    continue;
                const found = (mail.text || '').match(new RegExp(`https?://[^\\s>"]*${path}/[^\\s>")]+`));
                if (found)
                    links.push({ link: found[0], mail });
            }
            return links.length > after && links.map((l) => l);
        });
    }
}

