/* story.test.mjs -- what visitors, members and the administrator do, in Chromium, in the order they do it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { App, admin } from './app.mjs';
import { Visitor, launch } from './browser.mjs';
import { picture } from './picture.mjs';

const member = { email: 'ada@example.com', password: 'analytical engine 1843', first_name: 'Ada', last_name: 'Lovelace' };
let app, browser, visitor, boss;

before(async () => {
    app = await App.start();
    browser = await launch();
    visitor = await Visitor.arrive(browser, app);
    boss = await Visitor.arrive(browser, app);
});

after(async () => {
    await browser?.close();
    const code = await app?.end();
    assert.equal(code, 0);
});

/* Enough posts for a second page, with one file that is wrong in its third line. */
function importMany() {
    const files = { 'bad.md': '---\ntitle: Bad\ntags [broken\n---\ntext\n' };
    for (let i = 1; i <= 30; i++)
        files[`post-${i}.md`] = `---\ntitle: Imported ${i}\nsubtitle: Number ${i}\ntags: imported, number\ndate: 2024-01-${String(i).padStart(2, '0')}\n---\n# Heading\n\nText of *number* ${i}.\n`;
    return app.command('import', app.write('incoming', files));
}

test('posts are imported by a command that names what it skips', () => {
    const { status, out } = importMany();
    assert.match(out, /bad\.md:\d+/);
    assert.match(out, /30/);
    assert.notEqual(status, null);
});

test('a visitor sees the hero, and posts newest first with tags, dates and pages', async () => {
    await visitor.open('/');
    assert.ok(await visitor.page.locator('.hero h1').isVisible());
    const dates = await visitor.page.locator('.posts time').evaluateAll((all) => all.map((t) => t.dateTime));
    assert.ok(dates.length > 1);
    assert.deepEqual(dates, [...dates].sort().reverse());
    assert.match(await visitor.text('.posts time'), /ago|just now|moment/);
    assert.ok(await visitor.page.locator('.posts .tag').count() > 0);
    const first = await visitor.page.locator('.posts h3').allInnerTexts();
    await visitor.page.getByRole('link', { name: 'Next page' }).click();
    await visitor.page.waitForURL(/page=2/);
    const second = await visitor.page.locator('.posts h3').allInnerTexts();
    assert.ok(second.length > 0);
    assert.deepEqual(second.filter((title) => first.includes(title)), []);
    visitor.check();
});

test('a visitor opens an article by its card, and the posts of a tag', async () => {
    await visitor.open('/');
    const link = visitor.page.locator('.posts h3 a').first();
    const title = await link.innerText();
    await link.click();
    await visitor.page.waitForURL(/\/article\//);
    assert.equal(await visitor.text('h1'), title);
    assert.ok((await visitor.text('.prose')).length > 20);
    await visitor.page.locator('main .tag').first().click();
    await visitor.page.waitForURL((url) => !url.pathname.startsWith('/article/'));
    assert.ok(await visitor.page.locator('.posts li').count() > 0);
    visitor.check();
});

test('a visitor registers, and what is wrong is said beside the field', async () => {
    await visitor.open('/');
    await visitor.page.locator('.topbar').getByRole('link', { name: 'Register' }).click();
    await visitor.page.waitForURL(/\/register$/);
    await visitor.fill({ email: 'not an address', password: 'short', password_confirm: 'other' });
    const answer = visitor.page.waitForResponse((r) => r.request().method() === 'POST');
    await visitor.expectingStatus('4\\d\\d', async () => {
        await visitor.page.getByRole('button', { name: 'Create account' }).click();
        await answer;
        await visitor.page.waitForLoadState();
    });
    assert.ok(await visitor.page.locator('.invalid-feedback').count() >= 2);
    assert.equal(await visitor.page.locator('[name=email]').inputValue(), 'not an address');
    assert.equal(await visitor.page.locator('[name=password]').inputValue(), '');
    visitor.check();

    const names = await visitor.page.locator('[name=first_name]').count() ? { first_name: member.first_name, last_name: member.last_name } : {};
    await visitor.fill({ ...names, email: member.email, password: member.password, password_confirm: member.password });
    await visitor.press('Create account');
    visitor.check();
});

test('an account that is not confirmed cannot do what members do', async () => {
    const early = await Visitor.arrive(browser, app);
    await early.open('/login');
    await early.fill({ email: member.email, password: member.password });
    await early.expectingStatus('4\\d\\d', async () => {
        await early.page.getByRole('button', { name: 'Sign in' }).click();
        await early.page.waitForLoadState();
    });
    await early.expectingStatus('4\\d\\d', () => early.page.goto('/settings'));
    assert.equal(await early.page.locator('[name=first_name]').count(), 0, 'settings are open to an unconfirmed account');
    await early.leave();
});

test('the confirmation mail lies in the development inbox as HTML and text', async () => {
    const links = await app.link(member.email, '/confirm');
    const { mail } = links.at(-1);
    assert.match(mail.html, /<a [^>]*href="[^"]*\/confirm\//);
    assert.doesNotMatch(mail.text, /<[a-z]+/i);
    await visitor.open('/_dev/inbox');
    await visitor.page.locator('.mails a', { hasText: member.email }).first().click();
    await visitor.page.waitForURL(/_dev\/inbox\/\d+/);
    assert.match(await visitor.text('pre'), /\/confirm\//);
    await visitor.page.frameLocator('iframe').locator('a[href*="/confirm/"]').first().waitFor();
    visitor.check();
});

test('the link of the mail confirms, once and only unchanged', async () => {
    const { link } = (await app.link(member.email, '/confirm')).at(-1);
    const changed = link.slice(0, -3) + (link.endsWith('AAA') ? 'BBB' : 'AAA');
    const other = await Visitor.arrive(browser, app);
    await other.expectingStatus('4\\d\\d', () => other.page.goto(changed));
    await other.leave();
    await visitor.page.goto(link);
    await visitor.signIn(member);
    assert.ok(await visitor.signedIn());
    visitor.check();
});

test('a member edits settings and uploads a picture, which is re-encoded', async () => {
    const sent = picture(900, 700);
    await visitor.open('/settings');
    await visitor.fill({ first_name: 'Ada', last_name: 'King', about: 'First programmer.', phone: '+358401234567', address: 'Secret street 1' });
    await visitor.page.locator('[name=image]').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: sent });
    await visitor.press('Save');
    await visitor.open('/settings');
    assert.equal(await visitor.page.locator('[name=last_name]').inputValue(), 'King');
    const image = visitor.page.locator('#image-preview-frame img');
    const first = await image.getAttribute('src');
    assert.ok(await image.evaluate((i) => i.complete && i.naturalWidth > 0), 'the picture does not show');
    const stored = await (await visitor.context.request.get(first)).body();
    assert.equal(stored.includes('GPS: 60.1'), false, 'the metadata survived');
    assert.notDeepEqual(stored, sent);

    await visitor.page.locator('[name=image]').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: picture(300, 300) });
    await visitor.press('Save');
    await visitor.open('/settings');
    const second = await image.getAttribute('src');
    assert.notEqual(second, first);
    assert.equal((await visitor.context.request.get(first)).status(), 404, 'the old picture is still served');
    visitor.check();
});

test('a file that only calls itself a picture is refused with a reason', async () => {
    await visitor.open('/settings');
    const before = await visitor.page.locator('#image-preview-frame img').getAttribute('src');
    for (const [name, body] of [['me.png', '<script>alert(1)</script>'], ['me.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>'], ['me.php', 'x']]) {
        await visitor.open('/settings');
        await visitor.page.locator('[name=image]').setInputFiles({ name, mimeType: 'image/png', buffer: Buffer.from(body) });
        await visitor.expectingStatus('4\\d\\d', () => visitor.press('Save'));
        assert.ok(await visitor.page.locator('.invalid-feedback').count() > 0, `${name} is accepted`);
    }
    await visitor.open('/settings');
    assert.equal(await visitor.page.locator('#image-preview-frame img').getAttribute('src'), before);
    visitor.check();
});

test('a profile shows its owner everything and others nothing private', async () => {
    await visitor.open('/');
    await visitor.page.locator('#user-menu summary').click();
    await visitor.page.locator('#user-menu').getByRole('link', { name: 'Profile' }).click();
    await visitor.page.waitForURL(/\/user\/\d+/);
    const address = visitor.path();
    assert.match(await visitor.text('main'), /Ada King/);
    assert.ok((await visitor.text('main')).includes(member.email));

    await visitor.open('/settings');
    await visitor.fill({ public_profile: false });
    await visitor.press('Save');
    const stranger = await Visitor.arrive(browser, app);
    const hidden = await stranger.expectingStatus('4\\d\\d', () => stranger.page.goto(address));
    assert.ok([403, 404].includes(hidden.status()) || stranger.path() === '/login');

    await visitor.open('/settings');
    await visitor.fill({ public_profile: true });
    await visitor.press('Save');
    await stranger.open(address);
    const shown = await stranger.page.content();
    assert.ok(shown.includes('Ada King') && shown.includes('First programmer.'));
    for (const secret of [member.email, '+358401234567', 'Secret street'])
        assert.equal(shown.includes(secret), false, `the profile shows ${secret}`);
    stranger.check();
    visitor.check();
    await stranger.leave();
});

test('a forgotten password is reset by mail; unknown addresses get the same answer', async () => {
    const forgetful = await Visitor.arrive(browser, app);
    const answers = [];
    for (const email of ['nobody@example.com', member.email]) {
        await forgetful.open('/reset');
        await forgetful.fill({ email });
        await forgetful.press('Send');
        answers.push([forgetful.path(), (await forgetful.text('main')).replaceAll(email, '')]);
    }
    assert.deepEqual(answers[0], answers[1]);
    const { link } = (await app.link(member.email, '/reset')).at(-1);
    assert.equal((await app.inbox()).some((mail) => JSON.stringify(mail).includes('nobody@example.com')), false);
    member.password = 'difference engine 1822';
    await forgetful.page.goto(link);
    await forgetful.fill({ password: member.password, password_confirm: member.password });
    await forgetful.press('Save');
    await forgetful.signIn(member);
    await forgetful.expectingStatus('4\\d\\d', () => forgetful.page.goto(link));
    assert.equal(await visitor.signedIn(), false, 'the session from before the reset still lives');
    forgetful.check();
    await forgetful.leave();
});

test('changing the password signs every other session out and keeps this one', async () => {
    const here = await Visitor.arrive(browser, app);
    await visitor.signIn(member, { remember: true });
    await here.signIn(member);
    await here.open('/change');
    const fresh = 'bernoulli numbers 1843';
    await here.fill({ password: member.password, new_password: fresh, new_password_confirm: fresh });
    await here.press('Change password');
    member.password = fresh;
    assert.ok(await here.signedIn(), 'the session that changed it is gone');
    assert.equal(await visitor.signedIn(), false, 'the other session still lives');
    here.check();
    await here.leave();
    await visitor.signIn(member);
    visitor.check();
});

async function writePost({ title, subtitle = '', body, tags = '', image }) {
    await boss.open('/blog/new');
    await boss.fill({ title, subtitle, body, new_tags: tags });
    if (await boss.page.locator('form.editor [name=status]').count())
        await boss.fill({ status: 'published' });
    if (image)
        await boss.page.locator('[name=image]').setInputFiles({ name: 'cover.png', mimeType: 'image/png', buffer: image });
    await boss.press('Save', 'form.editor');
}

/* The address of the newest article with a title, as a visitor finds it. */
async function articleAddress(title) {
    await visitor.open('/');
    return visitor.page.locator('.posts h3 a', { hasText: title }).first().getAttribute('href');
}

test('the administrator writes a post with tags and an image, previews and publishes it', async () => {
    await boss.signIn(admin);
    await boss.open('/blog/new');
    await boss.fill({ title: 'Fibers explained', subtitle: 'Straight lines', body: '## A heading\n\nSome *emphasis* and `code`.' });
    await boss.page.locator('#preview-button').click();
    await boss.page.locator('#preview h2').waitFor();
    assert.equal(await boss.text('#preview em'), 'emphasis');
    await boss.page.locator('#preview-button').click();
    await boss.page.getByRole('group', { name: 'Tags' }).getByRole('button', { name: 'imported' }).click();
    await boss.fill({ new_tags: 'fibers, c17' });
    if (await boss.page.locator('[name=status]').count())
        await boss.fill({ status: 'published' });
    await boss.page.locator('[name=image]').setInputFiles({ name: '../../evil.png', mimeType: 'image/png', buffer: picture(1200, 600) });
    await boss.press('Save', 'form.editor');
    boss.check();

    const address = await articleAddress('Fibers explained');
    assert.equal(address, '/article/fibers-explained');
    await visitor.open(address);
    assert.equal(await visitor.text('.prose em'), 'emphasis');
    assert.deepEqual((await visitor.page.locator('.article-foot .tag').allInnerTexts()).map((t) => t.toLowerCase()).sort(), ['c17', 'fibers', 'imported']);
    assert.ok(await visitor.page.locator('.article-cover').evaluate((i) => i.complete && i.naturalWidth > 0));
    assert.equal(await visitor.page.locator('.article-actions').count(), 0);
    visitor.check();
});

test('a second post with the same title gets an address of its own', async () => {
    await writePost({ title: 'Fibers explained', body: 'The second.' });
    await visitor.open('/');
    const hrefs = await visitor.page.locator('.posts h3 a', { hasText: 'Fibers explained' }).evaluateAll((all) => all.map((a) => a.getAttribute('href')));
    assert.equal(new Set(hrefs).size, 2);
    boss.check();
});

test('the administrator edits, unpublishes and publishes a post', async () => {
    await boss.open('/article/fibers-explained');
    await boss.page.locator('.article-actions').getByRole('link', { name: 'Edit' }).click();
    await boss.page.waitForURL(/\/blog\/edit\/\d+/);
    await boss.fill({ title: 'Fibers, explained again', body: 'New **text**.' });
    await boss.press('Save', 'form.editor');
    const address = await articleAddress('Fibers, explained again');
    await visitor.open(address);
    assert.equal(await visitor.text('.prose strong'), 'text');

    await boss.open(address);
    await boss.press('Unpublish');
    await visitor.open(address, 404);
    await visitor.open('/');
    assert.equal(await visitor.page.locator('.posts h3 a', { hasText: 'explained again' }).count(), 0);
    await boss.open(address);
    await boss.press('Publish');
    await visitor.open(address);
    boss.check();
    visitor.check();
});

test('deleting asks first: Cancel sends nothing, OK deletes', async () => {
    const address = await articleAddress('Fibers, explained again');
    await boss.open(address);
    const posts = [];
    boss.page.on('request', (request) => request.method() === 'POST' && posts.push(request.url()));
    await boss.page.locator('.article-actions .confirmation').click();
    const dialog = boss.page.locator('#confirm-dialog');
    assert.match(await dialog.innerText(), /Fibers, explained again/);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    assert.deepEqual(posts, []);
    await visitor.open(address);

    await boss.page.locator('.article-actions .confirmation').click();
    await Promise.all([boss.page.waitForNavigation(), dialog.getByRole('button', { name: 'OK' }).click()]);
    assert.equal(posts.length, 1);
    await visitor.open(address, 404);
    boss.check();
    visitor.check();
});

test('the superadmin page shows the event log and the users, to administrators only', async () => {
    await boss.open('/superadmin');
    const text = await boss.text('main');
    assert.ok(text.includes(member.email));
    assert.match(text, /Fibers/);
    const search = boss.page.locator('#user-search input[type=search], #user-search input[type=text]').first();
    await search.fill('ada@');
    await boss.page.waitForFunction((email) => {
        const rows = [...document.querySelectorAll('#user-table tbody tr')];
        return rows.length === 1 && rows[0].innerText.includes(email);
    }, member.email);
    boss.check();

    for (const path of ['/superadmin', '/blog/new']) {
        await visitor.open(path, 403);
        assert.ok(await visitor.page.locator('.sidebar').count(), `the 403 page of ${path} is not the site's`);
    }
    const stranger = await Visitor.arrive(browser, app);
    await stranger.open('/superadmin');
    assert.equal(stranger.path(), '/login');
    assert.equal(new URL(stranger.page.url()).searchParams.get('next'), '/superadmin');
    await stranger.leave();
    visitor.check();
});

test('a page that is not there looks like the site', async () => {
    await visitor.open('/no/such/page', 404);
    assert.ok(await visitor.page.locator('.sidebar').count());
    visitor.check();
});

test('signing in leads where one was going; signing out ends the session', async () => {
    const stranger = await Visitor.arrive(browser, app);
    await stranger.open('/settings');
    assert.equal(stranger.path(), '/login');
    await stranger.fill({ email: member.email, password: member.password });
    await stranger.press('Sign in');
    assert.equal(stranger.path(), '/settings');
    await stranger.signOut();
    assert.equal(await stranger.signedIn(), false);
    stranger.check();
    await stranger.leave();
});

test('the session survives a restart of the server, and so does everything else', async () => {
    const before = await app.inbox();
    await visitor.open('/');
    const titles = await visitor.page.locator('.posts h3').allInnerTexts();
    assert.equal(await app.stop(), 0);
    await app.begin();
    assert.ok(await visitor.signedIn());
    assert.deepEqual(await visitor.page.locator('.posts h3').allInnerTexts(), titles);
    assert.equal((await app.inbox()).length, before.length);
    visitor.check();
});
