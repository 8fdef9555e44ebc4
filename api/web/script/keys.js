// Keys for output checkers: they only move to a place or choose, never send. Off by the reader's choice (WCAG 2.1.4),
// which this browser remembers. Without this script nothing is lost: Tab, arrows and Enter reach everything.
"use strict";
(() => {
  const panel = document.getElementById("shortcuts");
  const cells = document.getElementById("cell-before") || document.getElementById("cell-after");
  if (!panel && !cells) return;
  const NAME = "enclave-shortcuts";
  const remembered = () => { try { return localStorage.getItem(NAME); } catch { return null; } };
  const box = document.getElementById("shortcuts-on");
  if (panel) {
    panel.hidden = false;
    box.checked = remembered() !== "off";
    box.addEventListener("change", () => {
      try { localStorage.setItem(NAME, box.checked ? "on" : "off"); } catch { /* only this page forgets it */ }
    });
  }
  const isOn = () => (box ? box.checked : remembered() !== "off");
  const go = (element) => { if (element) { element.scrollIntoView({ block: "center" }); element.focus({ preventScroll: true }); } };
  const marked = (step) => {
    const own = document.getElementById(step > 0 ? "cell-after" : "cell-before");
    if (own) return own.click();
    const all = [...document.querySelectorAll(".enclave-cell__open")];
    if (!all.length) return undefined;
    const at = all.indexOf(document.activeElement);
    return go(all[at < 0 ? (step > 0 ? 0 : all.length - 1) : (at + step + all.length) % all.length]);
  };
  const choose = (value) => {
    const here = document.activeElement.closest("fieldset") || document;
    const choice = here.querySelector(`input[type=radio][value=${value}]`) || document.querySelector(`input[type=radio][value=${value}]`);
    if (choice) { choice.checked = true; go(choice); }
  };
  const ACTIONS = {
    n: () => marked(1), p: () => marked(-1),
    a: () => choose("approve"), r: () => choose("return"), x: () => choose("reject"),
    c: () => go(document.getElementById("comment")), t: () => go(document.getElementById("finding-table")),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("textarea, select, input:not([type=radio]):not([type=checkbox])");
    if (typing || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || !isOn()) return;
    const action = Object.hasOwn(ACTIONS, event.key) && ACTIONS[event.key];
    if (action) { event.preventDefault(); action(); }
  });
})();
