namespace SupSup.Grains.Tasks;

/// <summary>Where the batches of a training come from, as metrics name it.</summary>
internal static class TrainingKind
{
    /// <summary>The silo makes them.</summary>
    public const string Made = "made";

    /// <summary>Clients submit them.</summary>
    public const string Submitted = "submitted";
}
