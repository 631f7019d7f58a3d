/* app.js -- what every page does: menus, sidebar, confirmation, messages, small conveniences.
 *
 * Each part only improves HTML that works without it. */
(() => {
    const one = (selector, root = document) => root.querySelector(selector);
    const all = (selector, root = document) => [...root.querySelectorAll(selector)];
    const csrfToken = () => one('meta[name="csrf-token"]')?.content || '';

    /* A request of the same origin that carries the CSRF token and asks for `accept`. */
    async function send(url, { method = 'GET', body, accept = 'application/json' } = {}) {
        const headers = { Accept: accept, 'X-Requested-With': 'XMLHttpRequest' };
        if (method !== 'GET')
            headers['X-CSRFToken'] = csrfToken();
        const response = await fetch(url, { method, headers, body, credentials: 'same-origin' });
        if (!response.ok)
            throw new Error(`${method} ${url}: status ${response.status}`);
        return response;
    }

    /* A message above the content, like a flashed one. */
    function notify(text, category = 'danger') {
        const box = document.createElement('div');
        box.className = `alert alert-${category} message`;
        box.setAttribute('role', 'alert');
        const words = document.createElement('div');
        words.textContent = text;
        const close = document.createElement('button');
        close.className = 'btn-close';
        close.type = 'button';
        close.dataset.bsDismiss = 'alert';
        close.setAttribute('aria-label', 'Close');
        box.append(words, close);
        one('#messages')?.append(box);
    }

    /* Menus made of <details>: one open at a time; Escape and a click elsewhere close it. */
    function menus() {
        const open = () => all('details.menu[open]');
        document.addEventListener('click', (event) => {
            for (const menu of open())
                if (!menu.contains(event.target))
                    menu.open = false;
        });
        document.addEventListener('keydown', (event) => {
            if (event.key !== 'Escape')
                return;
            for (const menu of open()) {
                menu.open = false;
                one('summary', menu).focus();
            }
        });
        for (const menu of all('details.menu'))
            menu.addEventListener('focusout', (event) => {
                if (event.relatedTarget && !menu.contains(event.relatedTarget))
                    menu.open = false;
            });
    }

    /* The sidebar as a drawer on a phone. */
    function drawer() {
        const sidebar = one('#sidebar');
        const opener = one('.topbar-menu');
        if (!sidebar || !opener)
            return;
        const show = (open) => {
            sidebar.classList.toggle('open', open);
            opener.setAttribute('aria-expanded', String(open));
            one('.page').inert = open;
            if (open)
                one('.sidebar-close').focus();
            else
                opener.focus();
        };
        opener.setAttribute('role', 'button');
        opener.setAttribute('aria-expanded', 'false');
        opener.addEventListener('click', (event) => {
            event.preventDefault();
            show(true);
        });
        for (const closer of all('.sidebar-close, .sidebar-backdrop'))
            closer.addEventListener('click', (event) => {
                event.preventDefault();
                show(false);
            });
        document.addEventListener('keydown', (event) => {
            if (event.key === 'Escape' && sidebar.classList.contains('open'))
                show(false);
        });
    }

    /* Collapsing the sidebar: at once here, and remembered by the server. */
    function collapse() {
        const form = one('#sidebar-toggle-form');
        if (!form)
            return;
        form.addEventListener('submit', async (event) => {
            event.preventDefault();
            const button = one('#sidebar-toggle');
            document.body.classList.add('sidebar-moves');
            const collapsed = document.body.classList.toggle('sidebar-collapsed');
            button.setAttribute('aria-expanded', String(!collapsed));
            button.title = collapsed ? 'Expand menu' : 'Collapse menu';
            try {
                await send(form.action, { method: 'POST', body: new URLSearchParams({ collapsed: collapsed ? '1' : '0' }) });
            } catch {
                notify('The menu could not be remembered. Reload the page and try again.');
            }
        });
    }

    /* class="confirmation": a link whose address is POSTed to, or a button of a form, asks first. */
    function confirmation() {
        const dialog = one('#confirm-dialog');
        if (!dialog || !dialog.showModal)
            return;
        const form = one('form', dialog);
        let accept = null;

        const ask = (text, onAccept) => {
            one('#confirm-text').textContent = text || 'This cannot be undone.';
            accept = onAccept;
            dialog.showModal();
            one('[data-cancel]', dialog).focus();
        };
        document.addEventListener('click', (event) => {
            const trigger = event.target.closest('.confirmation');
            if (!trigger || trigger.dataset.confirmed)
                return;
            event.preventDefault();
            ask(trigger.dataset.confirm, () => {
                if (trigger.form) {
                    trigger.dataset.confirmed = 'yes';
                    trigger.form.requestSubmit(trigger);
                    return;
                }
                form.action = trigger.href;
                form.submit();
            });
        });
        form.addEventListener('submit', (event) => {
            event.preventDefault();
            dialog.close();
            accept?.();
        });
        one('[data-cancel]', dialog).addEventListener('click', () => dialog.close());
        dialog.addEventListener('click', (event) => {
            if (event.target === dialog)
                dialog.close();
        });
    }

    function themeToggle() {
        const button = one('#theme-toggle');
        if (!button)
            return;
        button.hidden = false;
        button.addEventListener('click', window.toggleTheme);
    }

    function scrollTop() {
        const link = one('#scroll-top');
        if (!link)
            return;
        const update = () => {
            link.classList.toggle('visible', window.scrollY > 600);
            document.body.classList.toggle('scrolled', window.scrollY > 120);
        };
        const calm = window.matchMedia('(prefers-reduced-motion: reduce)');
        link.addEventListener('click', (event) => {
            event.preventDefault();
            window.scrollTo({ top: 0, behavior: calm.matches ? 'auto' : 'smooth' });
            one('#content').focus({ preventScroll: true });
        });
        document.addEventListener('scroll', update, { passive: true });
        update();
    }

    function passwords() {
        for (const button of all('.password-toggle')) {
            const input = one('input', button.parentElement);
            button.hidden = false;
            button.addEventListener('click', () => {
                const shown = input.type === 'password';
                input.type = shown ? 'text' : 'password';
                button.setAttribute('aria-pressed', String(shown));
                button.setAttribute('aria-label', shown ? 'Hide password' : 'Show password');
            });
        }
    }

    /* Links to the server's clock answer in place: data-time names the element to fill. */
    function serverTime() {
        for (const link of all('[data-time]'))
            link.addEventListener('click', async (event) => {
                event.preventDefault();
                const output = one(link.dataset.time);
                try {
                    const { time } = await (await send(link.href)).json();
                    output.textContent = new Date(time).toLocaleString(undefined, { dateStyle: 'long', timeStyle: 'medium' });
                } catch {
                    output.textContent = 'The server did not answer.';
                }
            });
    }

    function tooltips() {
        if (!window.bootstrap)
            return;
        for (const element of all('[data-bs-toggle="tooltip"]'))
            new window.bootstrap.Tooltip(element);
    }

    menus();
    drawer();
    collapse();
    confirmation();
    themeToggle();
    scrollTop();
    passwords();
    serverTime();
    tooltips();
    window.app = { send, notify };
})();
