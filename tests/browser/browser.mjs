/* browser.mjs -- Debian's Chromium, and a watch over what must never happen in it. */
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'];

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };

export function launch() {
    return chromium.launch({ executablePath: '/usr/bin/chromium', args: flags });
}

/* A visitor with cookies of their own. Every page reports console errors, uncaught exceptions and
 * requests to other hosts; `check()` fails when there were any. */
export class Visitor {
    static async arrive(browser, app, options = {}) {
        const visitor = new Visitor();
        visitor.app = app;
        visitor.wrong = [];
        visitor.expected = null;
        visitor.refusals = new Set();
        visitor.context = await browser.newContext({ baseURL: app.url, viewport: desktop, ...options });
        visitor.context.setDefaultTimeout(10000);
        visitor.context.on('page', (page) => visitor.watch(page));
        visitor.page = await visitor.context.newPage();
        return visitor;
    }

    watch(page) {
        page.on('pageerror', (error) => this.wrong.push({ url: page.url(), text: `exception: ${error.message}` }));
        page.on('console', (message) => {
            if (message.type() === 'error')
                this.wrong.push({ url: message.location().url, text: message.text() });
        });
        page.on('response', (response) => {
            if (response.request().isNavigationRequest() && this.expected?.test(String(response.status())))
                this.refusals.add(response.url());
        });
        page.on('request', (request) => {
            const url = new URL(request.url());
            if (url.protocol !== 'data:' && url.protocol !== 'about:' && url.origin !== this.app.url)
                this.wrong.push({ url: page.url(), text: `request to another host: ${request.url()}` });
        });
        page.on('dialog', (dialog) => {
            this.wrong.push({ url: page.url(), text: `dialog: ${dialog.message()}` });
            dialog.dismiss();
        });
    }

    /* Chromium itself logs an error for every page with a status like 404; here that is wanted. */
    async expectingStatus(status, fn) {
        this.expected = new RegExp(`^${status}$`);
        try {
            return await fn();
        } finally {
            this.expected = null;
        }
    }

    check() {
        const wanted = ({ url, text }) => this.refusals.has(url) && text.includes('the server responded with a status of');
        assert.deepEqual(this.wrong.splice(0).filter((wrong) => !wanted(wrong)), []);
    }

    async open(path, status = 200) {
        const answer = status === 200 ? await this.page.goto(path)
            : await this.expectingStatus(status, () => this.page.goto(path));
        assert.equal(answer.status(), status, `${path} answers ${answer.status()}`);
        return answer;
    }

    /* Fills fields by their name; true and false are for check boxes. */
    async fill(values, form = 'main form') {
        for (const [name, value] of Object.entries(values)) {
            const field = this.page.locator(`${form} [name="${name}"]`).first();
            if (typeof value === 'boolean')
                await field.setChecked(value);
            else if (Array.isArray(value) || (await field.evaluate((e) => e.tagName)) === 'SELECT')
                await field.selectOption(value);
            else
                await field.fill(value);
        }
    }

    /* Presses a button and waits for the page it leads to. */
    async press(name, root = 'main') {
        const button = this.page.locator(root).getByRole('button', { name, exact: false }).first();
        await Promise.all([this.page.waitForNavigation(), button.click()]);
    }

    async signIn({ email, password }, more = {}) {
        await this.open('/login');
        await this.fill({ email, password, ...more });
        await this.press('Sign in');
        assert.notEqual(new URL(this.page.url()).pathname, '/login', `signing in as ${email}: ${await this.text('main')}`);
    }

    async signOut() {
        await this.page.locator('#user-menu summary').click();
        await Promise.all([this.page.waitForNavigation(), this.page.getByRole('button', { name: 'Sign out' }).click()]);
    }

    async signedIn() {
        await this.open('/');
        return (await this.page.locator('#user-menu').count()) === 1;
    }

    text(selector) {
        return this.page.locator(selector).first().innerText();
    }

    path() {
        return new URL(this.page.url()).pathname;
    }

    leave() {
        return this.context.close();
    }
}
