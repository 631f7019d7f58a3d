/* superadmin.js -- draws the charts and keeps the user table alive without leaving the page. */
(() => {
    const svgNamespace = 'http://www.w3.org/2000/svg';

    function svg(name, attributes, text) {
        const element = document.createElementNS(svgNamespace, name);
        for (const [key, value] of Object.entries(attributes))
            element.setAttribute(key, value);
        if (text !== undefined)
            element.textContent = text;
        return element;
    }

    function picture(width, height) {
        return svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'presentation' });
    }

    const sum = (rows) => rows.reduce((total, row) => total + row.value, 0);
    const top = (rows) => Math.max(1, ...rows.map((row) => row.value));

    /* Upright bars, one a day, with the first, middle and last day named. */
    function bars(rows) {
        const width = 360, height = 170, floor = 140;
        const root = picture(width, height);
        const step = width / rows.length;
        for (const y of [20, 60, 100])
            root.append(svg('line', { x1: 0, x2: width, y1: y, y2: y, class: 'chart-line' }));
        root.append(svg('line', { x1: 0, x2: width, y1: floor, y2: floor, class: 'chart-line' }));
        root.append(svg('text', { x: 0, y: 14 }, top(rows)));
        rows.forEach((row, index) => {
            const tall = Math.max(row.value ? 4 : 0, (row.value / top(rows)) * (floor - 20));
            const bar = svg('rect', { x: index * step + step * 0.2, y: floor - tall, width: step * 0.6, height: tall, rx: Math.min(4, tall / 2), class: 'chart-bar' });
            bar.append(svg('title', {}, `${row.label}: ${row.value}`));
            root.append(bar);
            if (index === 0 || index === rows.length - 1 || index === Math.floor(rows.length / 2))
                root.append(svg('text', { x: index * step + step / 2, y: height - 10, 'text-anchor': index === 0 ? 'start' : index === rows.length - 1 ? 'end' : 'middle' }, row.label));
        });
        return root;
    }

    /* A ring, with the sum inside and a legend beside. */
    function donut(rows) {
        const root = picture(360, 170);
        const radius = 58, around = 2 * Math.PI * radius, total = sum(rows);
        let start = 0;
        root.append(svg('circle', { cx: 85, cy: 85, r: radius, class: 'chart-arc chart-line', 'stroke-opacity': 0.5 }));
        rows.forEach((row, index) => {
            const part = total ? (row.value / total) * around : 0;
            root.append(svg('circle', { cx: 85, cy: 85, r: radius, transform: 'rotate(-90 85 85)', 'stroke-dasharray': `${Math.max(0, part - (part < around ? 2 : 0))} ${around}`, 'stroke-dashoffset': -start, class: `chart-arc chart-color-${index % 4}` }));
            start += part;
            const y = 85 + (index - (rows.length - 1) / 2) * 28;
            root.append(svg('rect', { x: 190, y: y - 6, width: 12, height: 12, rx: 4, 'stroke-width': 0, class: `chart-color-${index % 4}` }));
            root.append(svg('text', { x: 212, y: y + 4 }, row.label));
            root.append(svg('text', { x: 350, y: y + 4, 'text-anchor': 'end', class: 'chart-strong' }, row.value));
        });
        root.append(svg('text', { x: 85, y: 94, 'text-anchor': 'middle', class: 'chart-strong chart-total' }, total));
        return root;
    }

    /* Lying bars with their names above them. */
    function rows(list) {
        const shown = list.slice(0, 5);
        const root = picture(360, 170);
        shown.forEach((row, index) => {
            const y = index * 34;
            root.append(svg('text', { x: 0, y: y + 11 }, row.label));
            root.append(svg('text', { x: 360, y: y + 11, 'text-anchor': 'end', class: 'chart-strong' }, row.value));
            root.append(svg('rect', { x: 0, y: y + 17, width: 360, height: 8, rx: 4, class: 'chart-ground' }));
            root.append(svg('rect', { x: 0, y: y + 17, width: Math.max(8, (row.value / top(shown)) * 360), height: 8, rx: 4, class: 'chart-bar' }));
        });
        return root;
    }

    const drawers = { bars, donut, rows };
    for (const figure of document.querySelectorAll('[data-chart]')) {
        const data = JSON.parse(figure.dataset.rows);
        if (!data.length)
            continue;
        figure.querySelector('.chart-drawing').append(drawers[figure.dataset.chart](data));
        figure.classList.add('drawn');
    }

    /* The table: search, sort and page by the same addresses as without a script, swapped in place. */
    const search = document.querySelector('#user-search');
    const table = () => document.querySelector('#user-table');
    let latest = 0;

    async function load(url) {
        const turn = ++latest;
        table().classList.add('loading');
        try {
            const response = await window.app.send(url, { accept: 'text/html' });
            const page = new DOMParser().parseFromString(await response.text(), 'text/html');
            if (turn !== latest)
                return;
            table().replaceWith(document.adoptNode(page.querySelector('#user-table')));
            for (const name of ['sort', 'dir'])
                search.elements[name].value = page.querySelector(`#user-search [name="${name}"]`).value;
            document.querySelector('#user-status').textContent = table().querySelector('.table-total').textContent;
            history.replaceState(null, '', url);
        } catch {
            location.assign(url);
        }
    }

    function searchAddress() {
        const query = new URLSearchParams(new FormData(search));
        return `${search.getAttribute('action')}?${query}`;
    }

    let timer;
    search.addEventListener('input', () => {
        clearTimeout(timer);
        timer = setTimeout(() => load(searchAddress()), 200);
    });
    search.addEventListener('submit', (event) => {
        event.preventDefault();
        clearTimeout(timer);
        load(searchAddress());
    });
    document.addEventListener('click', (event) => {
        const link = event.target.closest('#user-table .sort-link, #user-table .page-link');
        if (!link?.href || event.ctrlKey || event.metaKey || event.shiftKey)
            return;
        event.preventDefault();
        load(link.href);
    });
})();
