import { h } from "../dom.js";
import { count } from "../format.js";

/**
 * A matrix of what is taken for what, as a table: rows are what is true, columns what was answered.
 * @param {{names: string[], counts: number[][], caption: string, corner: string}} data columns beyond the names are left out
 */
export function matrix({ names, counts, caption, corner }) {
    const whole = counts.map(row => row.reduce((sum, n) => sum + n, 0));
    return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
        h("table", { class: "matrix" },
            h("caption", null, caption),
            h("thead", null, h("tr", null, h("th", { scope: "col" }, corner),
                names.map(name => h("th", { scope: "col" }, h("span", { title: name }, name))))),
            h("tbody", null, counts.map((row, at) => h("tr", null,
                h("th", { scope: "row", title: names[at] }, names[at]),
                row.map((n, to) => h("td", {
                    class: `num heat-${n === 0 ? 0 : Math.max(1, Math.round(10 * n / whole[at]))}${at === to ? " same" : ""}`,
                    title: `${names[at]} taken for ${names[to]}: ${count(n)} of ${count(whole[at])}`,
                }, n === 0 ? "·" : count(n))))))));
}
