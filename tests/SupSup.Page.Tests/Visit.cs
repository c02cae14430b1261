using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace SupSup.Page.Tests;

/// <summary>A visit to the page that must leave nothing in the browser's console: no error, no breach of the content policy.</summary>
internal static class Visit
{
    // What a page should do at once is still slow where the silo trains on every core.
    private const float Patience = 60_000;

    /// <summary>Opens the page, does something on it, and looks at the console.</summary>
    /// <param name="silo">Serves the page.</param>
    /// <param name="route">The part behind #.</param>
    /// <param name="act">What is done; it waits for what it expects.</param>
    /// <param name="options">Such as the size of the screen; a desktop's by default.</param>
    /// <param name="refused">A status that the silo answers with on purpose: the console tells of it.</param>
    /// <param name="browser">Default the silo's own.</param>
    public static async Task ToAsync(PageSilo silo, string route, Func<IPage, Task> act, BrowserNewContextOptions? options = null,
        int? refused = null, Browser? browser = null)
    {
        Assert.SkipWhen(Browser.Program is null, "no Chromium is installed; install chromium, or run ./test.sh as root");
        ConcurrentQueue<string> complaints = [];
        IPage page = await (browser ?? silo.Browser).NewPageAsync(options ?? new() { ViewportSize = new() { Width = 1280, Height = 860 } });
        try
        {
            page.SetDefaultTimeout(Patience);
            page.Console += (_, message) =>
            {
                bool isMeant = refused is not null && message.Text.Contains($"status of {refused}", StringComparison.Ordinal);
                if (message.Type is "error" or "warning" && !isMeant) complaints.Enqueue($"{message.Text} ({message.Location})");
            };
            page.PageError += (_, error) => complaints.Enqueue(error);
            await page.AddInitScriptAsync(
                "addEventListener('securitypolicyviolation', e => console.error(`content policy: ${e.violatedDirective} ${e.blockedURI} "
                    + "${e.sourceFile}`))");
            await page.GotoAsync($"{silo.Http.BaseAddress}#{route}");
            await act(page);
        }
        finally
        {
            await page.Context.CloseAsync();
        }

        Assert.Empty(complaints);
    }

    /// <summary>Waits for what is expected.</summary>
    public static ILocatorAssertions Expect(ILocator locator) => Assertions.Expect(locator);

    /// <summary>How long <see cref="Expect"/> waits.</summary>
    public static void BePatient() => Assertions.SetDefaultExpectTimeout(Patience);
}
