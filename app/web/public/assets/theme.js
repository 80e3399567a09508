// Runs before the first paint, so that a chosen theme or language does not flash. src/lib/store.ts writes these keys.
(() => {
  try {
    const theme = JSON.parse(localStorage.getItem("freshet.theme") || '"system"');
    if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
    const chosen = JSON.parse(localStorage.getItem("freshet.language") || '""');
    const zh = chosen ? chosen === "zh" : /^zh\b/i.test(navigator.language);
    document.documentElement.lang = zh ? "zh-CN" : "en";
  } catch {
    // A browser that keeps nothing shows the page in its own theme and language.
  }
})();
