/* theme.js -- sets light or dark before the first paint, so it is loaded without defer.
 *
 * The choice is remembered in this browser; without one, data-theme follows the system. */
(() => {
    const root = document.documentElement;
    const system = window.matchMedia('(prefers-color-scheme: dark)');

    function chosen() {
        try {
            return localStorage.getItem('theme');
        } catch {
            return null; /* storage is switched off */
        }
    }

    function apply() {
        root.dataset.theme = chosen() || (system.matches ? 'dark' : 'light');
    }

    window.toggleTheme = () => {
        const theme = root.dataset.theme === 'dark' ? 'light' : 'dark';
        root.dataset.theme = theme;
        try {
            localStorage.setItem('theme', theme);
        } catch {
            /* the choice holds for this page */
        }
    };

    apply();
    root.classList.add('js');
    system.addEventListener('change', apply);
})();
