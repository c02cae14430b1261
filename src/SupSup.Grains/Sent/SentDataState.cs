using System.Collections.Immutable;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Sent;

/// <summary>What is stored of the data that were sent for a task. A part is written after this names it, and deleted before this forgets
/// it, so that whatever a crash leaves is found.</summary>
[GenerateSerializer, Immutable, Alias("supsup.state.sent-data")]
public sealed record SentDataState
{
    /// <summary>The data that are complete; null for none.</summary>
    [Id(0)]
    public SentData? Data { get; init; }

    /// <summary>The parts of data that are not complete, by their number.</summary>
    [Id(1)]
    public ImmutableSortedDictionary<int, SentPart> Draft
    {
        get;
        init => field = value ?? ImmutableSortedDictionary<int, SentPart>.Empty;
    } = ImmutableSortedDictionary<int, SentPart>.Empty;

    /// <summary>Checksums of parts that are of no use any more, and may still be there.</summary>
    [Id(2)]
    public ImmutableHashSet<string> Leftovers { get; init => field = value ?? []; } = [];

    /// <summary>Every part that is of use, each once.</summary>
    internal IReadOnlyDictionary<string, SentPart> Used =>
        Draft.Values.Concat(Data?.Parts ?? []).DistinctBy(part => part.Checksum).ToDictionary(part => part.Checksum);

    /// <summary>The state that comes after this one: what is of no use any more is noted.</summary>
    /// <param name="next">What is to be kept.</param>
    internal SentDataState Then(SentDataState next) =>
        next with { Leftovers = Leftovers.Union(Used.Keys).Except(next.Used.Keys) };
}
