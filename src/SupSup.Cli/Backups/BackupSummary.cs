namespace SupSup.Cli.Backups;

/// <summary>What backup.json says; it is written last, so that a backup which has it is complete.</summary>
internal sealed record BackupSummary
{
    /// <summary>The version of the form that this tool writes and reads.</summary>
    public const int KnownFormat = 1;

    public int Format { get; init; } = KnownFormat;

    /// <summary>When the copying began: everything acknowledged before is in the backup.</summary>
    public required DateTimeOffset Started { get; init; }

    public required DateTimeOffset Completed { get; init; }

    /// <summary>The store; no secret.</summary>
    public required string Source { get; init; }

    public required int Models { get; init; }

    /// <summary>Learned tasks.</summary>
    public required int Tasks { get; init; }

    public required int Records { get; init; }

    /// <summary>Bytes of the records' payloads.</summary>
    public required long Bytes { get; init; }

    /// <summary>SHA-256 of the manifest; it also tells one backup from another.</summary>
    public required string Manifest { get; init; }

    /// <summary>Records that are damaged or missing in the store, a line for each.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];
}
