/* editor.js -- writing a post: format buttons, preview in place, a look at the chosen image. */
(() => {
    const one = (selector) => document.querySelector(selector);

    /* What each button puts around the selection, or before each of its lines. */
    const formats = {
        bold: { around: ['**', '**'], empty: 'bold' },
        italic: { around: ['*', '*'], empty: 'italic' },
        link: { around: ['[', '](https://)'], empty: 'text' },
        code: { around: ['`', '`'], empty: 'code' },
        heading: { before: '## ' },
        list: { before: '- ' },
        quote: { before: '> ' },
    };

    function format(area, { around, empty, before }) {
        let { selectionStart: start, selectionEnd: end, value } = area;
        let text;
        if (around) {
            text = around[0] + (value.slice(start, end) || empty) + around[1];
        } else {
            start = value.lastIndexOf('\n', start - 1) + 1;
            text = value.slice(start, end).split('\n').map((line) => before + line).join('\n');
        }
        area.focus();
        area.setRangeText(text, start, end, 'end');
        if (around) {
            area.selectionStart = start + around[0].length;
            area.selectionEnd = start + text.length - around[1].length;
        }
    }

    function toolbar(area) {
        const bar = one('#editor-tools');
        bar.hidden = false;
        bar.addEventListener('click', (event) => {
            const button = event.target.closest('[data-format]');
            if (button)
                format(area, formats[button.dataset.format]);
        });
        area.addEventListener('keydown', (event) => {
            const name = { b: 'bold', i: 'italic', k: 'link' }[event.key.toLowerCase()];
            if (!name || !(event.ctrlKey || event.metaKey))
                return;
            event.preventDefault();
            format(area, formats[name]);
        });
    }

    function preview(form, area) {
        const button = one('#preview-button');
        const panel = one('#preview');
        const show = (on) => {
            panel.hidden = !on;
            area.hidden = on;
            one('#editor-tools').hidden = on;
            button.querySelector('span').textContent = on ? 'Go on writing' : 'Preview';
            button.setAttribute('aria-expanded', String(on));
        };
        button.setAttribute('aria-expanded', 'false');
        button.addEventListener('click', async (event) => {
            event.preventDefault();
            if (!panel.hidden) {
                show(false);
                area.focus();
                return;
            }
            try {
                const body = new URLSearchParams({ body: area.value });
                const response = await window.app.send(form.dataset.preview, { method: 'POST', body, accept: 'text/html' });
                panel.innerHTML = await response.text(); /* made by the server, raw HTML off */
                show(true);
            } catch {
                window.app.notify('The preview could not be made. Reload the page and try again.');
            }
        });
    }

    /* The tags as buttons to press, standing for the options of the select. */
    function tagButtons(select) {
        const list = document.createElement('div');
        list.className = 'tags mb-3';
        list.setAttribute('role', 'group');
        list.setAttribute('aria-label', 'Tags');
        for (const option of select.options) {
            const button = document.createElement('button');
            button.type = 'button';
            button.className = 'tag';
            button.textContent = option.text;
            button.setAttribute('aria-pressed', String(option.selected));
            button.addEventListener('click', () => {
                option.selected = !option.selected;
                button.setAttribute('aria-pressed', String(option.selected));
            });
            list.append(button);
        }
        select.parentElement.hidden = true;
        select.parentElement.before(list);
    }

    /* The image as the server will receive it; drawn on a canvas, as no blob: address is allowed. */
    function imagePreview() {
        const input = one('input[type="file"]');
        const frame = one('#image-preview, #image-preview-frame > *');
        if (!input || !frame)
            return;
        input.addEventListener('change', async () => {
            const [file] = input.files;
            if (!file)
                return;
            let bitmap;
            try {
                bitmap = await createImageBitmap(file);
            } catch {
                return; /* not an image: the server says so */
            }
            const canvas = document.createElement('canvas');
            const old = one('#image-preview, #image-preview-frame > *');
            canvas.width = bitmap.width;
            canvas.height = bitmap.height;
            canvas.getContext('2d').drawImage(bitmap, 0, 0);
            canvas.className = old.className;
            canvas.id = old.id;
            old.replaceWith(canvas);
        });
    }

    const form = one('form.editor');
    if (form) {
        const area = form.elements.body;
        toolbar(area);
        preview(form, area);
        if (form.elements.tags)
            tagButtons(form.elements.tags);
    }
    imagePreview();
})();
