namespace SupSup.LoadTest;

/// <summary>What came out of a load test; results.json is this.</summary>
internal sealed record LoadReport
{
    public required string Model { get; init; }

    public required string Dataset { get; init; }

    public required string Network { get; init; }

    public required string Recipe { get; init; }

    public required int Batches { get; init; }

    public required ulong Seed { get; init; }

    /// <summary>Silos of the cluster; 0 where it was not started here.</summary>
    public required int Silos { get; init; }

    public required int Learners { get; init; }

    public required int Streaming { get; init; }

    public required int Queriers { get; init; }

    /// <summary>Queries per second asked for in the phases learn, warm and churn.</summary>
    public required double Rate { get; init; }

    /// <summary>Images per query.</summary>
    public required int Rows { get; init; }

    /// <summary>Tasks asked for.</summary>
    public required int Tasks { get; init; }

    /// <summary>Tasks whose training was acknowledged.</summary>
    public required int AcknowledgedTasks { get; init; }

    /// <summary>Acknowledged tasks that the model does not have, or not with the acknowledged checksum.</summary>
    public required int LostTasks { get; init; }

    /// <summary>Batches that were acknowledged as durable and then wanted again.</summary>
    public required int LostBatches { get; init; }

    /// <summary>Masks whose stored bits differ from what was acknowledged, or from the same training made here without faults.</summary>
    public required int ChangedMasks { get; init; }

    /// <summary>Masks that were trained again here and compared bit for bit.</summary>
    public required int VerifiedMasks { get; init; }

    /// <summary>Tasks for which the class of their probe image is not what it was when they were acknowledged.</summary>
    public required int ChangedPredictions { get; init; }

    /// <summary>Queries and learners that failed after all retries.</summary>
    public required int Errors { get; init; }

    /// <summary>The first few errors.</summary>
    public required IReadOnlyList<string> ErrorMessages { get; init; }

    /// <summary>Answers per second in the peak phase, with as many queries in flight as there are queriers.</summary>
    public required double QueriesPerSecond { get; init; }

    /// <summary>Latency at the set rate, warm: median.</summary>
    public required double P50Ms { get; init; }

    public required double P90Ms { get; init; }

    public required double P99Ms { get; init; }

    public required double P999Ms { get; init; }

    /// <summary>The longest time without an answer after a silo was killed; null when none was.</summary>
    public required double? RecoverySeconds { get; init; }

    /// <summary>From the start of a cluster with all tasks stored to its first right answer; null when it was not restarted.</summary>
    public required double? ColdStartSeconds { get; init; }

    /// <summary>From the time that its silos were ready to the first right answer.</summary>
    public required double? ColdAnswerSeconds { get; init; }

    /// <summary>Memory of each silo at the end, in MB.</summary>
    public required IReadOnlyList<double> SiloMemoryMb { get; init; }

    /// <summary>What the soak showed; null where there was none.</summary>
    public required Soak? Soak { get; init; }

    /// <summary>XXH128 over the tasks' checksums by task index: two runs of the same settings have the same
    /// masks when this is the same.</summary>
    public required string MasksDigest { get; init; }

    public required double TotalSeconds { get; init; }

    public required string Out { get; init; }

    public required IReadOnlyList<LoadPhase> Phases { get; init; }

    public required IReadOnlyList<LoadFault> Faults { get; init; }

    public bool NothingLost =>
        AcknowledgedTasks == Tasks && LostTasks == 0 && LostBatches == 0 && ChangedMasks == 0 && ChangedPredictions == 0;
}
