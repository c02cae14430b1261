using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static SupSup.Page.Tests.Visit;

namespace SupSup.Page.Tests;

/// <summary>The rules of accessibility that axe checks.</summary>
public sealed partial class PageTests
{
    // A view of each kind, and what is there once it is complete.
    private static readonly (string Route, string Complete)[] Views =
    [
        ($"/models/{PageSilo.Model}", "tbody tr"),
        ($"/task/{PageSilo.Model}/0", "#mask-picture canvas"),
        ($"/training/{PageSilo.Model}", "h1"),
        ($"/masks/{PageSilo.Model}", "h2"),
        ($"/draw/{PageSilo.Model}", "fieldset"),
        ($"/accuracy/{PageSilo.Model}", "button"),
        ($"/streams/{PageSilo.Model}", "h1"),
        ("/models/nowhere", "#models .card"),
        ("/accuracy/nowhere", "a"),
    ];

    [Theory]
    [InlineData(ColorScheme.Light, 1280)]
    [InlineData(ColorScheme.Dark, 390)]
    public Task Given_any_view_when_checked_by_axe_then_it_breaks_no_rule_of_accessibility(ColorScheme theme, int width) => ToAsync(
        _silo,
        Views[0].Route,
        async page =>
        {
            foreach ((string route, string complete) in Views)
            {
                await page.GotoAsync($"{_silo.Http.BaseAddress}#{route}");
                await Expect(page.Locator($"#view {complete}").First).ToBeVisibleAsync();
                await page.EvaluateAsync("document.querySelectorAll('details').forEach(part => part.open = true)");
                AxeResult found = await page.RunAxe();
                Assert.True(found.Violations.Length == 0, $"{route}: " + string.Join("; ", found.Violations.Select(
                    rule => $"{rule.Id}: {rule.Help} ({string.Join(", ", rule.Nodes.Select(node => node.Html))})")));
            }
        },
        new() { ColorScheme = theme, ViewportSize = new() { Width = width, Height = 860 } });
}
