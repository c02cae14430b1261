using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using SupSup.Grains.Interfaces;
using SupSup.Grains.Interfaces.Models;
using SupSup.Silo.Security;

namespace SupSup.Silo.Http;

/// <summary>Finds models by every name that they have, or had. What the catalogue says is kept for some seconds, so that a request costs
/// no call for it.</summary>
/// <param name="grains">Where the catalogue is found.</param>
/// <param name="time">The clock.</param>
internal sealed class ModelNames(IGrainFactory grains, TimeProvider time)
{
    private static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan AskedAgainAfter = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private static readonly object AskedItem = new();

    private volatile Known _known = new(FrozenDictionary<string, string>.Empty, null);

    /// <summary>Puts the name that a model is stored under in place of the one in a request's path.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetRouteValue("model") is string name && await KeyOfAsync(name, context.RequestAborted) is var key && key != name)
        {
            context.Items[AskedItem] = name;
            context.Request.RouteValues["model"] = key;
        }

        await next(context);
    }

    /// <summary>What the model is called in a request's path; null where it is the name that it is stored under.</summary>
    public static string? Asked(HttpContext context) => context.Items[AskedItem] as string;

    /// <summary>The name that a model is stored under, if it is the caller's.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="limits">The caller's limits.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="SupSupException">NotFound: it is not, whether or not there is such a model.</exception>
    public async ValueTask<string> KeyOfAsync(string name, CallerLimits limits, CancellationToken cancellationToken)
    {
        string key = await KeyOfAsync(name, cancellationToken);
        LimitedCallers.CheckModel(limits, name, key);
        return key;
    }

    /// <summary>Has the catalogue asked again at the next request.</summary>
    public void Forget() => _known = _known with { At = null };

    /// <summary>The name that a model is stored under.</summary>
    /// <param name="name">What it is called.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The same name where no model has it as another one.</returns>
    private async ValueTask<string> KeyOfAsync(string name, CancellationToken cancellationToken)
    {
        Known known = _known;
        TimeSpan? age = known.At is { } at ? time.GetElapsedTime(at) : null;
        if (known.Keys.TryGetValue(name, out string? key) && age < KeptFor) return key;
        if (age < AskedAgainAfter) return key ?? name;

        // Who comes meanwhile goes by what is known.
        if (age is not null) _known = known with { At = time.GetTimestamp() };
        try
        {
            IReadOnlyList<CatalogEntry> entries =
                await grains.Catalog().ListAsync(CancellationToken.None).WaitAsync(Patience, time, cancellationToken);

            // A name that a model was made with comes before those that were given later.
            Dictionary<string, string> keys = entries.ToDictionary(entry => entry.Model, entry => entry.Model);
            foreach (CatalogEntry entry in entries)
                foreach (string other in entry.Names) keys.TryAdd(other, entry.Model);
            _known = new(keys.ToFrozenDictionary(), time.GetTimestamp());
        }
        catch (Exception e) when (e is SupSupException or OrleansException or TimeoutException)
        {
            _known = known with { At = time.GetTimestamp() }; // the catalogue is no authority: models answer without it
        }

        return _known.Keys.GetValueOrDefault(name) ?? name;
    }

    private sealed record Known(FrozenDictionary<string, string> Keys, long? At);
}
