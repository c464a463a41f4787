// Runs before the first paint, and as a file of its own: the page's policy allows no inline script. Without a choice of
// the person's, the style sheet follows the system by itself.
const chosen = localStorage.getItem('maestro.theme')
if (chosen === 'dark' || chosen === 'light') document.documentElement.dataset.theme = chosen
