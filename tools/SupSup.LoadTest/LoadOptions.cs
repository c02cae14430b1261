using System.Collections.Immutable;

namespace SupSup.LoadTest;

/// <summary>What `supsup loadtest` was asked for.</summary>
internal sealed record LoadOptions
{
    /// <summary>Tasks to learn in all.</summary>
    public required int Tasks { get; init; }

    /// <summary>How many of them are learned while silos are killed.</summary>
    public required int ChurnTasks { get; init; }

    /// <summary>Tasks learned at the same time.</summary>
    public required int Learners { get; init; }

    /// <summary>How many of the learners stream their batches from here; the others order data that the silos make.</summary>
    public required int Streaming { get; init; }

    /// <summary>Queries in flight at most.</summary>
    public required int Queriers { get; init; }

    /// <summary>Queries per second while tasks are learned and in the warm phase.</summary>
    public required double Rate { get; init; }

    /// <summary>Images per query.</summary>
    public required int Rows { get; init; }

    /// <summary>Seconds of the warm phase, and of the peak phase.</summary>
    public required double WarmSeconds { get; init; }

    /// <summary>Seconds of the soak, at half of the peak's queries; 0 for none.</summary>
    public required double SoakSeconds { get; init; }

    /// <summary>Queries asked at once of a cluster that has just started.</summary>
    public required int Burst { get; init; }

    /// <summary>Seconds between two kills; 0 kills none.</summary>
    public required double KillEvery { get; init; }

    /// <summary>How many kills; null for as many as happen while tasks are learned.</summary>
    public required int? Kills { get; init; }

    /// <summary>Seconds for which the storage is stopped, once, in the churn phase; 0 for never.</summary>
    public required double StorageOutage { get; init; }

    /// <summary>Whether Redis is restarted, once, in the churn phase.</summary>
    public required bool RestartRedis { get; init; }

    /// <summary>Tasks trained again here to prove their masks bit for bit.</summary>
    public required int Verify { get; init; }

    public required string Dataset { get; init; }

    /// <summary>Hidden layers.</summary>
    public required ImmutableArray<int> Hidden { get; init; }

    /// <summary>Output size.</summary>
    public required int Outputs { get; init; }

    public required string Recipe { get; init; }

    /// <summary>Batches per task.</summary>
    public required int Batches { get; init; }

    /// <summary>Seed of weights, tasks and training.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The model's name.</summary>
    public required string Model { get; init; }

    /// <summary>Folder of the report.</summary>
    public required string Out { get; init; }
}
