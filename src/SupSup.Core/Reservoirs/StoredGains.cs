using System.Collections.Immutable;

namespace SupSup.Core.Reservoirs;

/// <summary>What is known of a mask that is itself in reservoirs.</summary>
/// <param name="Task">The task that it is of.</param>
/// <param name="Fingerprints">Of each layer, see <see cref="GainMask.Fingerprints"/>.</param>
public sealed record StoredGains(int Task, ImmutableArray<string> Fingerprints);
