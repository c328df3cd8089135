"use strict";
// Nothing here is needed to read the page: it only filters and folds what is there already.
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const MOST_OPEN = 60; // a filter that leaves fewer items shows them without a click
  const MOST_UNFOLDED = 500; // unfolding more at once would make the page slow

  function reveal() {
    const target = document.getElementById(location.hash.slice(1));
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
      node.hidden = false;
    }
    target.scrollIntoView();
  }

  function filtered(form) {
    const list = document.getElementById(form.dataset.filter);
    const items = all("[data-item]", list);
    const groups = all("[data-group]", list).map((element) => ({
      element, items: all("[data-item]", element), count: element.querySelector("[data-count]"),
      opened: false,
    }));
    const controls = all("[data-by]", form);
    const shown = form.querySelector(".shown");
    let texts = null;

    function test(wanted) {
      texts = texts || (wanted.text && items.map((item) => item.textContent.toLowerCase()));
      return (item, index) =>
        Object.entries(wanted).every(([by, value]) =>
          by === "text" ? texts[index].includes(value)
            : by === "changed" ? "changed" in item.dataset
              : ` ${item.dataset[by] || ""} `.includes(` ${value} `));
    }

    function apply() {
      const wanted = {};
      for (const control of controls) {
        const value = control.type === "checkbox" ? control.checked : control.value.trim();
        if (value) wanted[control.dataset.by] = control.dataset.by === "text" ? value.toLowerCase() : value;
      }
      const filtering = Object.keys(wanted).length > 0;
      const matches = test(wanted);
      let left = 0;
      items.forEach((item, index) => {
        item.hidden = filtering && !matches(item, index);
        left += !item.hidden;
      });
      for (const group of groups) {
        const count = group.items.filter((item) => !item.hidden).length;
        group.element.hidden = count === 0;
        group.count.textContent = count.toLocaleString("en");
        if (filtering && count && left <= MOST_OPEN && !group.element.open) {
          group.element.open = group.opened = true;
        } else if (group.opened && !(filtering && left <= MOST_OPEN)) {
          group.element.open = group.opened = false;
        }
      }
      const total = items.length.toLocaleString("en");
      shown.textContent = `${left.toLocaleString("en")} of ${total} ${list.dataset.noun}`;
    }

    function fold(open) {
      const visible = items.filter((item) => !item.hidden);
      for (const group of groups) group.element.open = open;
      if (!open || visible.length <= MOST_UNFOLDED) for (const item of visible) item.open = open;
    }

    let timer = 0;
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(apply, 120);
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    for (const button of all("[data-fold]", form)) {
      button.addEventListener("click", () => fold(button.dataset.fold === "open"));
    }
    form.hidden = false;
    apply();
  }

  function printing() {
    let opened = [];
    addEventListener("beforeprint", () => {
      if (document.body.classList.contains("large")) return;
      opened = all("details:not([open], .fields, .net, .aside)");
      for (const fold of opened) fold.open = true;
    });
    addEventListener("afterprint", () => {
      for (const fold of opened) fold.open = false;
      opened = [];
    });
  }

  all("form[data-filter]").forEach(filtered);
  addEventListener("hashchange", reveal);
  printing();
  reveal();
})();
