using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;
using SupSup.Grains.Storage;

namespace SupSup.Grains.Coordinator;

/// <summary>
/// The stored directory of a model, in pages of 256 tasks, so that to acknowledge a task costs the same with a hundred
/// thousand others as with none. A page is written before the one after it exists. Used in grain turns only.
/// </summary>
/// <param name="records">The store.</param>
/// <param name="model">The model's name.</param>
/// <param name="onConflict">Called when another activation wrote a page.</param>
internal sealed class DirectoryPages(GrainRecords records, string model, Action onConflict)
{
    private const int MostReadAtOnce = 16;

    private readonly List<GrainRecord<DirectoryPage>> _pages = [];

    /// <summary>Reads all pages: the first alone, then twice as many at once each time, and one beyond the last.</summary>
    /// <exception cref="SupSupException">Damaged: a page cannot be read, is missing or is another's. Unavailable.</exception>
    public async Task<ImmutableList<DirectoryEntry>> ReadAsync()
    {
        _pages.Clear();
        List<DirectoryPage> pages = [];
        for (int some = 1; pages is not [.., { Tasks.Length: < DirectoryPage.Size }]; some = Math.Min(2 * some, MostReadAtOnce))
            pages.AddRange(await ReadAsync(some));
        pages.AddRange(await ReadAsync(1));
        int last = pages.FindIndex(page => page.Tasks.Length < DirectoryPage.Size);
        if (pages.Skip(last + 1).Any(page => !page.Tasks.IsEmpty))
            throw new SupSupException(
                SupSupError.Damaged,
                $"page {last} of the directory of model '{model}' is missing or another's, for there is one after it; restore the pages "
                    + "from a backup");
        ImmutableList<DirectoryEntry> entries =
        [
            .. pages.SelectMany(page => page.Tasks.Select(
                (task, place) => new DirectoryEntry(task, page.Removed.BinarySearch(place) >= 0))),
        ];
        if (entries.GroupBy(entry => entry.Task.Task).FirstOrDefault(same => same.Skip(1).Any()) is { } twice)
            throw new SupSupException(
                SupSupError.Damaged,
                $"task {twice.Key} stands twice in the directory of model '{model}', so that one of its pages is another's; restore the "
                    + "pages from a backup");
        return entries;
    }

    /// <summary>Makes entries durable.</summary>
    /// <param name="entries">The whole directory.</param>
    /// <param name="changed">The positions that are new, replaced or emptied.</param>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task WriteAsync(ImmutableList<DirectoryEntry> entries, IEnumerable<int> changed)
    {
        foreach (int page in changed.Select(position => position / DirectoryPage.Size).Distinct().Order())
        {
            int start = page * DirectoryPage.Size;
            ImmutableList<DirectoryEntry> some = entries.GetRange(start, Math.Min(DirectoryPage.Size, entries.Count - start));

            // Seen while it cannot be there yet: who writes it for another activation, once this page is full, is not written over.
            await Page(page + 1).ReadAsync();
            await Page(page).WriteAsync(new DirectoryPage
            {
                Tasks = [.. some.Select(entry => entry.Task)],
                Removed = [.. some.Index().Where(entry => entry.Item.IsRemoved).Select(entry => entry.Index)],
            });
        }
    }

    /// <summary>Deletes all pages, the last first, so that those that are left can be read.</summary>
    /// <param name="entries">Entries that there are.</param>
    /// <exception cref="SupSupException">Damaged or Unavailable.</exception>
    public async Task DeleteAsync(int entries)
    {
        for (int page = entries / DirectoryPage.Size; page >= 0; page--) await Page(page).ClearAsync();
    }

    private Task<DirectoryPage[]> ReadAsync(int some) =>
        Task.WhenAll(Enumerable.Range(_pages.Count, some).Select(page => Page(page).ReadAsync()).ToArray());

    private GrainRecord<DirectoryPage> Page(int page)
    {
        while (_pages.Count <= page)
        {
            GrainId key = GrainId.Create("directory", $"{model}/{_pages.Count}");
            _pages.Add(records.Open<DirectoryPage>(StorageNames.DirectoryPage, key, onConflict));
        }

        return _pages[page];
    }
}
