/* attack.test.mjs -- content and requests that mean harm do nothing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { App, admin } from './app.mjs';
import { Visitor, launch } from './browser.mjs';
import { picture } from './picture.mjs';

const script = '<script>window.harmed=1</script><img src=x onerror="window.harmed=1">';
let app, browser, boss;

before(async () => {
    app = await App.start();
    browser = await launch();
    boss = await Visitor.arrive(browser, app);
    await boss.signIn(admin);
});

after(async () => {
    await browser?.close();
    assert.equal(await app?.end(), 0);
});

const harmed = () => boss.page.evaluate(() => window.harmed);

test('markup in a title, a text, a tag, a name and a file name is text', async () => {
    await boss.open('/blog/new');
    await boss.fill({ title: `T ${script}`.slice(0, 78), subtitle: '"><script>window.harmed=1</script>', new_tags: '<b onclick=x>' });
    await boss.fill({ body: `${script}\n\n[a](javascript:window.harmed=1) ![b](javascript:window.harmed=1)\n\n<iframe src="https://example.com"></iframe>\n\n[c](data:text/html,x)\n\n\`\`\`"><script>window.harmed=1</script>\nx\n\`\`\`` });
    await boss.fill({ status: 'published' });
    await boss.page.locator('[name=image]').setInputFiles({ name: '"><script>window.harmed=1<.png', mimeType: 'image/png', buffer: picture(300, 200) });
    await boss.press('Save', 'form.editor');
    await boss.open('/settings');
    await boss.fill({ first_name: '<script>window.harmed=1</script>', last_name: '{{ 7*7 }}', about: script });
    await boss.press('Save');

    await boss.open('/');
    await boss.page.locator('.posts h3 a').first().click();
    await boss.page.waitForURL(/\/article\//);
    assert.equal(await boss.page.locator('.prose script, .prose iframe, .prose [onerror], .prose img[src^="javascript"]').count(), 0);
    assert.equal(await boss.page.locator('.prose a[href^="javascript" i], .prose a[href^="data:" i]').count(), 0);
    assert.ok((await boss.page.content()).includes('{{ 7*7 }}'));
    for (const path of ['/', boss.path(), '/superadmin', '/user/1', '/settings']) {
        await boss.open(path);
        assert.equal(await harmed(), undefined, path);
    }
    boss.check();
});

test('every page keeps a strict policy: nothing inline, nothing evaluated, no other host, no frame', async () => {
    for (const path of ['/', '/login', '/register', '/settings', '/blog/new', '/superadmin', '/components', '/nowhere']) {
        const answer = await boss.expectingStatus(404, () => boss.page.goto(path));
        const policy = answer.headers()['content-security-policy'] || '';
        assert.match(policy, /default-src 'self'|default-src 'none'/, path);
        assert.doesNotMatch(policy, /unsafe-inline|unsafe-eval|\*|https?:/, path);
        assert.match(policy, /frame-ancestors 'none'|frame-ancestors 'self'/, path);
        assert.equal(answer.headers()['x-content-type-options'], 'nosniff', path);
        assert.equal(await boss.page.locator('script:not([src]):not([type="application/json"]), style, [style], [onclick], [onload], [onsubmit]').count(), 0, `${path} has inline code`);
    }
    boss.check();
});

test('a form without a token, or with another session’s, changes nothing', async () => {
    const other = await Visitor.arrive(browser, app);
    await other.open('/login');
    const foreign = await other.page.locator('main [name=csrf_token]').first().inputValue();
    for (const token of [undefined, '', 'x', foreign]) {
        const answer = await boss.context.request.post('/settings', {
            form: { first_name: 'Forged', last_name: 'Name', ...(token === undefined ? {} : { csrf_token: token }) },
        });
        assert.equal(answer.status(), 400, `token ${token}`);
    }
    const answer = await boss.context.request.post('/logout');
    assert.equal(answer.status(), 400);
    assert.equal((await boss.context.request.get('/logout')).status(), 405);
    assert.ok(await boss.signedIn());
    await boss.open('/settings');
    assert.notEqual(await boss.page.locator('[name=first_name]').inputValue(), 'Forged');
    await other.leave();
});

test('signing in never leads to another site', async () => {
    for (const next of ['//evil.example', 'https://evil.example/', '/\\evil.example', '/%09/evil.example', 'javascript:alert(1)', '\thttps://evil.example', '/\n/evil.example']) {
        const visitor = await Visitor.arrive(browser, app);
        await visitor.page.goto(`/login?next=${encodeURIComponent(next)}`);
        await visitor.fill({ email: admin.email, password: admin.password });
        await visitor.expectingStatus(404, () => visitor.press('Sign in'));
        assert.equal(new URL(visitor.page.url()).origin, app.url, JSON.stringify(next));
        visitor.check();
        await visitor.leave();
    }
});

test('a session cookie with any byte changed is anonymous', async () => {
    const cookie = (await boss.context.cookies()).find((c) => c.name === 'session');
    assert.ok(cookie.httpOnly);
    assert.ok(['Lax', 'Strict'].includes(cookie.sameSite));
    for (let i = 0; i < cookie.value.length; i += Math.ceil(cookie.value.length / 40)) {
        const changed = cookie.value.slice(0, i) + (cookie.value[i] === 'A' ? 'B' : 'A') + cookie.value.slice(i + 1);
        const answer = await fetch(`${app.url}/settings`, { headers: { Cookie: `session=${changed}` }, redirect: 'manual' });
        assert.equal(answer.status, 302, `byte ${i}`);
    }
    const answer = await fetch(`${app.url}/settings`, { headers: { Cookie: `session=${cookie.value}` }, redirect: 'manual' });
    assert.equal(answer.status, 200);
});

test('registering a known address tells a stranger nothing', async () => {
    const answers = [];
    for (const email of ['new-person@example.com', admin.email]) {
        const stranger = await Visitor.arrive(browser, app);
        await stranger.open('/register');
        await stranger.fill({ email, password: 'a long enough one', password_confirm: 'a long enough one' });
        for (const name of ['first_name', 'last_name'])
            if (await stranger.page.locator(`[name=${name}]`).count())
                await stranger.fill({ [name]: 'Some' });
        await stranger.press('Create account');
        answers.push([stranger.path(), (await stranger.text('main')).replaceAll(email, '')]);
        await stranger.leave();
    }
    assert.deepEqual(answers[0], answers[1]);
});

test('guessing a password is slowed down', async () => {
    const stranger = await Visitor.arrive(browser, app);
    let status = 0;
    for (let i = 0; i < 40 && status !== 429; i++) {
        await stranger.expectingStatus('\\d+', async () => {
            await stranger.page.goto('/login');
            if (!await stranger.page.locator('[name=password]').count())
                return;
            await stranger.fill({ email: 'victim@example.com', password: `guess ${i}` });
            const [answer] = await Promise.all([
                stranger.page.waitForResponse((r) => r.request().method() === 'POST'),
                stranger.page.getByRole('button', { name: 'Sign in' }).click(),
            ]);
            status = answer.status();
            await stranger.page.waitForLoadState();
        });
    }
    assert.equal(status, 429);
    await stranger.leave();
});
