// Files that are dropped or chosen, and how they are sent: one as it is, several as an archive.

const KNOWN = /\.(zip|tar|tgz|tar\.gz|csv|tsv|csv\.gz|tsv\.gz|npy|npz|parquet)$/i;
const TABLE = /\.(csv|tsv|csv\.gz|tsv\.gz|parquet)$/i;
const PICTURE = /\.(png|jpe?g|webp|bmp|gif)$/i;
const LEFT_BEHIND = /(^|\/)(\.|__MACOSX|Thumbs\.db$)/;
const BLOCK = 512;

/** The files of what is dropped, with those in folders: [{path, file}]. */
export async function dropped(transfer) {
    const entries = [...transfer.items].map(item => item.webkitGetAsEntry?.()).filter(entry => entry);
    if (entries.length === 0) return chosen(transfer.files);
    const found = [];
    for (const entry of entries) await walk(entry, found);
    return found.filter(({ path }) => !LEFT_BEHIND.test(path));
}

/** The files of an input. */
export const chosen = files => [...files].map(file => ({ path: file.webkitRelativePath || file.name, file }))
    .filter(({ path }) => !LEFT_BEHIND.test(path));

/** What they are called together: the folder, or the file without its ending. */
export function nameOf(files) {
    const [first] = files[0].path.split("/");
    return first.replace(KNOWN, "").replace(/\.[^.]*$/, "") || first;
}

/** What a person knows them as: the one file or folder, or how many files. */
export function calledTogether(files) {
    const tops = new Set(files.map(({ path }) => path.split("/")[0]));
    return tops.size === 1 ? [...tops][0] : `the ${files.length} files`;
}

/** Whether they are a "table" or "pictures"; null where only what is in them tells. */
export function kindOf(files) {
    if (files.some(({ path }) => TABLE.test(path))) return "table";
    return files.some(({ path }) => PICTURE.test(path)) ? "pictures" : null;
}

/** One file to send of several: that file as it is, or all of them packed; and its name. */
export async function packed(files) {
    if (files.length === 1 && KNOWN.test(files[0].path)) return { name: files[0].file.name, blob: files[0].file };
    return { name: "data.tar", blob: tar(files) };
}

/** The names of a table's columns, by its first line; null of what is no table. */
export async function columns(files) {
    const table = files.find(({ path }) => /train[^/]*\.(csv|tsv)$/i.test(path)) ?? files.find(({ path }) => /\.(csv|tsv)$/i.test(path));
    if (!table) return null;
    const [line] = (await table.file.slice(0, 1 << 16).text()).replace(/^\uFEFF/, "").split(/\r?\n/);
    const split = ["\t", ";", "|", ","].map(mark => [mark, line.split(mark).length]).sort((a, b) => b[1] - a[1])[0][0];
    return cells(line, split);
}

// The cells of a line; quotes keep marks in them.
function cells(line, mark) {
    const found = [];
    let cell = "", isQuoted = false;
    for (const letter of line) {
        if (letter === '"') isQuoted = !isQuoted;
        else if (letter === mark && !isQuoted) { found.push(cell); cell = ""; }
        else cell += letter;
    }
    return [...found, cell].map(text => text.trim());
}

function walk(entry, found) {
    if (entry.isFile) return new Promise((done, failed) => entry.file(file => {
        found.push({ path: entry.fullPath.replace(/^\//, ""), file });
        done();
    }, failed));
    const reader = entry.createReader();
    const more = () => new Promise((done, failed) => reader.readEntries(done, failed));
    return (async () => { // a reader gives a hundred at a time
        for (let some = await more(); some.length > 0; some = await more()) for (const each of some) await walk(each, found);
    })();
}

// An archive, which is not read into memory. Long names have a record of their own before them.
function tar(files) {
    const parts = [];
    for (const { path, file } of files) {
        const name = new TextEncoder().encode(path);
        if (name.length > 99) parts.push(header("././@LongLink", name.length + 1, "L"), name, filling(name.length, 1));
        parts.push(header(path, file.size, "0"), file, filling(file.size));
    }
    return new Blob([...parts, new Uint8Array(2 * BLOCK)], { type: "application/x-tar" });
}

const filling = (size, least = 0) => new Uint8Array(least + (BLOCK - (size + least) % BLOCK) % BLOCK);

function header(name, size, type) {
    const block = new Uint8Array(BLOCK), text = new TextEncoder();
    const put = (at, value) => block.set(text.encode(value), at);
    block.set(text.encode(name).slice(0, 99), 0);
    put(100, "0000644\0");
    put(108, "0000000\0");
    put(116, "0000000\0");
    put(124, `${size.toString(8).padStart(11, "0")}\0`);
    put(136, "00000000000\0");
    put(148, "        ");
    put(156, type);
    put(257, "ustar  \0");
    put(148, `${block.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `);
    return block;
}
