/* look.test.mjs -- phone and desktop, light and dark, keyboard alone, and without JavaScript. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { App, admin } from './app.mjs';
import { Visitor, desktop, launch, phone } from './browser.mjs';

const open = ['/', '/components', '/contact', '/legal', '/login', '/register', '/reset'];
const closed = ['/settings', '/user/1', '/blog/new', '/superadmin', '/change'];
let app, browser;

before(async () => {
    app = await App.start();
    browser = await launch();
});

after(async () => {
    await browser?.close();
    assert.equal(await app?.end(), 0);
});

/* The contrast of an element's text against what lies behind it, by WCAG's formula. */
function contrastOf(element) {
    const parse = (text) => (text.match(/[\d.]+/g) || []).map(Number);
    const part = (v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4);
    const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    let behind = element, color;
    do {
        color = parse(getComputedStyle(behind).backgroundColor);
        behind = behind.parentElement;
    } while (behind && color.length === 4 && color[3] === 0);
    const [a, b] = [light(parse(getComputedStyle(element).color)), light(color)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
}

for (const [size, viewport] of Object.entries({ phone, desktop }))
    for (const colorScheme of ['light', 'dark'])
        test(`every page fits on a ${size} in ${colorScheme} and can be read`, async () => {
            const visitor = await Visitor.arrive(browser, app, { viewport, colorScheme, hasTouch: size === 'phone', isMobile: size === 'phone' });
            await visitor.open('/');
            const article = await visitor.page.locator('.posts h3 a').first().getAttribute('href');
            const look = async (path) => {
                await visitor.open(path);
                const wide = await visitor.page.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
                assert.ok(wide <= 0, `${path} is ${wide} pixels too wide`);
                const ground = await visitor.page.evaluate(() => (getComputedStyle(document.body).backgroundColor.match(/\d+/g) || []).slice(0, 3).reduce((a, b) => a + Number(b), 0) / 3);
                assert.ok(colorScheme === 'dark' ? ground < 80 : ground > 200, `${path}: the ground is ${ground} in ${colorScheme}`);
                for (const heading of await visitor.page.locator('main h1:visible, main p:visible').all()) {
                    const contrast = await heading.evaluate(contrastOf);
                    const painted = await heading.evaluate((e) => !!e.closest('.hero, .auth-art, [class*=banner]'));
                    assert.ok(painted || contrast >= 4.4, `${path}: contrast ${contrast.toFixed(2)} of "${(await heading.innerText()).slice(0, 40)}"`);
                }
                assert.equal(await visitor.page.locator('h1').count(), 1, `${path} has one h1`);
            };
            for (const path of [...open, article])
                await look(path);
            await visitor.signIn(admin);
            for (const path of closed)
                await look(path);
            visitor.check();
            await visitor.leave();
        });

test('every field has a label, every image an alternative, every button a name', async () => {
    const visitor = await Visitor.arrive(browser, app);
    await visitor.signIn(admin);
    for (const path of ['/', '/contact', '/settings', '/blog/new', '/superadmin', '/change']) {
        await visitor.open(path);
        const bare = await visitor.page.evaluate(() => {
            const named = (e) => e.labels?.length || e.getAttribute('aria-label') || e.getAttribute('aria-labelledby') || e.title;
            return [
                ...[...document.querySelectorAll('input:not([type=hidden]):not([type=submit]), select, textarea')].filter((e) => !named(e)),
                ...[...document.querySelectorAll('img:not([alt])')],
                ...[...document.querySelectorAll('button, a[href]')].filter((e) => !e.textContent.trim() && !named(e) && !e.querySelector('img[alt]:not([alt=""])') && !e.hidden),
            ].map((e) => e.outerHTML.slice(0, 120));
        });
        assert.deepEqual(bare, [], path);
    }
    visitor.check();
    await visitor.leave();
});

test('the keyboard alone signs in, opens menus and leaves them', async () => {
    const visitor = await Visitor.arrive(browser, app);
    await visitor.open('/login');
    const { keyboard } = visitor.page;
    await visitor.page.locator('[name=email]').focus();
    await keyboard.type(admin.email);
    await keyboard.press('Tab');
    await keyboard.type(admin.password);
    await Promise.all([visitor.page.waitForNavigation(), keyboard.press('Enter')]);
    assert.notEqual(visitor.path(), '/login');

    await visitor.open('/');
    await keyboard.press('Tab');
    assert.equal(await visitor.page.evaluate(() => document.activeElement.className), 'skip-link');
    assert.ok(await visitor.page.locator('.skip-link').evaluate((e) => e.getBoundingClientRect().top >= 0), 'the skip link stays hidden');
    await keyboard.press('Enter');
    await visitor.page.waitForFunction(() => location.hash === '#content');
    await visitor.page.locator('#user-menu summary').focus();
    await keyboard.press('Enter');
    assert.ok(await visitor.page.getByRole('button', { name: 'Sign out' }).isVisible());
    await keyboard.press('Escape');
    assert.equal(await visitor.page.getByRole('button', { name: 'Sign out' }).isVisible(), false);
    assert.ok(await visitor.page.evaluate(() => {
        const style = getComputedStyle(document.activeElement);
        return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
    }), 'the focus cannot be seen');
    visitor.check();
    await visitor.leave();
});

test('the drawer on a phone opens by touch and closes by Escape', async () => {
    const visitor = await Visitor.arrive(browser, app, { viewport: phone, hasTouch: true, isMobile: true });
    await visitor.open('/');
    const link = visitor.page.locator('#sidebar a[href="/contact"]');
    const shown = () => link.evaluate((e) => {
        const box = e.getBoundingClientRect();
        return box.left >= 0 && box.right <= window.innerWidth && getComputedStyle(e).visibility === 'visible';
    });
    assert.equal(await shown(), false);
    await visitor.page.locator('.topbar-menu').tap();
    await visitor.page.waitForTimeout(400);
    assert.ok(await shown());
    await visitor.page.keyboard.press('Escape');
    await visitor.page.waitForTimeout(400);
    assert.equal(await shown(), false);
    await visitor.page.locator('.topbar-menu').tap();
    await visitor.page.waitForTimeout(400);
    await link.tap();
    await visitor.page.waitForURL(/\/contact$/);
    visitor.check();
    await visitor.leave();
});

test('the collapsed sidebar is remembered by the session', async () => {
    const visitor = await Visitor.arrive(browser, app);
    await visitor.open('/');
    const collapsed = () => visitor.page.locator('body').evaluate((e) => e.classList.contains('sidebar-collapsed'));
    assert.equal(await collapsed(), false);
    const answer = visitor.page.waitForResponse((r) => r.request().method() === 'POST');
    await visitor.page.locator('#sidebar-toggle').click();
    await answer;
    await visitor.open('/contact');
    assert.ok(await collapsed());
    visitor.check();
    await visitor.leave();
});

test('the choice between light and dark is remembered', async () => {
    const visitor = await Visitor.arrive(browser, app, { colorScheme: 'light' });
    const theme = () => visitor.page.evaluate(() => document.documentElement.dataset.theme);
    await visitor.open('/');
    assert.equal(await theme(), 'light');
    await visitor.page.locator('#theme-toggle').click();
    await visitor.open('/contact');
    assert.equal(await theme(), 'dark');
    visitor.check();
    await visitor.leave();
});

test('without JavaScript everything still works', async () => {
    const visitor = await Visitor.arrive(browser, app, { javaScriptEnabled: false });
    const person = { email: 'plain@example.com', password: 'no script at all here' };
    await visitor.open('/register');
    await visitor.fill({ email: person.email, password: person.password, password_confirm: person.password });
    for (const name of ['first_name', 'last_name'])
        if (await visitor.page.locator(`[name=${name}]`).count())
            await visitor.fill({ [name]: 'Plain' });
    await visitor.press('Create account');
    await visitor.page.goto((await app.link(person.email, '/confirm')).at(-1).link);
    await visitor.signIn(person);
    await visitor.open('/settings');
    await visitor.fill({ first_name: 'Plain', last_name: 'Person' });
    await visitor.press('Save');
    await visitor.open('/settings');
    assert.equal(await visitor.page.locator('[name=last_name]').inputValue(), 'Person');
    await visitor.signOut();

    await visitor.signIn(admin);
    await visitor.open('/blog/new');
    await visitor.fill({ title: 'Written plainly', body: 'Text.', new_tags: 'plain', status: 'published' });
    await visitor.press('Save', 'form.editor');
    await visitor.open('/article/written-plainly');
    await visitor.page.locator('.article-actions .confirmation').click();
    await visitor.page.waitForURL(/delete/);
    await visitor.page.locator('.confirm-card button[type=submit]').click();
    await visitor.open('/article/written-plainly', 404);
    await visitor.press('Collapse menu', '.sidebar');
    await visitor.open('/');
    assert.ok(await visitor.page.locator('body.sidebar-collapsed').count());
    visitor.check();
    await visitor.leave();
});
