/* nunjucks.js -- CPU and memory per render of the same pages by Node's nunjucks; compare.py starts it.
 *
 * nunjucks.js DATA.json FOLDER… writes one line of JSON. nunjucks knows neither self.title() nor
 * **kwargs nor slices of strings: the places that use them are written out as what they give. */
'use strict';
const fs = require('fs');
const path = require('path');
const nunjucks = require('nunjucks');

const [dataFile, ...folders] = process.argv.slice(2);
const data = JSON.parse(fs.readFileSync(dataFile, 'utf8'));

const Loader = nunjucks.Loader.extend({
    getSource(name) {
        const folder = folders.find((f) => fs.existsSync(path.join(f, name)));
        if (!folder)
            return null;
        const src = fs.readFileSync(path.join(folder, name), 'utf8')
            .replaceAll('{{ self.title() }}', 'Home').replaceAll(', **kwargs', '')
            .replaceAll('[:1]|upper', '|first|upper').replaceAll('[:600]', '');
        return { src, path: name, noCache: false };
    },
});

nunjucks.installJinjaCompat();
const env = new nunjucks.Environment(new Loader(), { autoescape: true });
env.addGlobal('url_for', (endpoint, kwargs) => {
    const pairs = Object.entries(kwargs || {}).filter(([k]) => k !== '__keywords');
    return '/' + endpoint.replaceAll('.', '/') +
        (pairs.length ? '?' + pairs.map(([k, v]) => k + '=' + v).join('&') : '');
});
env.addGlobal('csrf_token', () => 'IjQ1ZjE2YTk0Y2Y5YzE0.Zx0aWw.s3cr3t');
env.addGlobal('get_flashed_messages', () => []);
for (const name of ['timeago', 'datetimeformat', 'markdown_plain'])
    env.addFilter(name, (value) => value);
env.addTest('odd', (n) => n % 2 === 1);
data.current_user.has_role = (name) => name === 'admin';
data.posts.iter_pages = () => [1, 2, 3];

const cpu = () => { const u = process.cpuUsage(); return (u.user + u.system) / 1e6; };
const out = { version: nunjucks.version || require('nunjucks/package.json').version };
for (const page of ['fortunes.html', 'table.html', 'dashboard.html', 'base/home.html']) {
    let text;
    for (let i = 0; i < 200; i++)
        text = env.render(page, data);
    const start = cpu();
    let renders = 0;
    while (cpu() - start < 1.0)
        for (let i = 0; i < 10; i++, renders++)
            text = env.render(page, data);
    const us = (cpu() - start) * 1e6 / renders;
    global.gc();
    const before = process.memoryUsage().heapUsed;
    for (let i = 0; i < 5; i++)
        text = env.render(page, data);
    out[page] = { us, text, values: (process.memoryUsage().heapUsed - before) / 5 };
}
console.log(JSON.stringify(out));
