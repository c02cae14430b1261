namespace SupSup.Experiments.Learners;

/// <summary>How far a rival that learns in order is.</summary>
/// <param name="Learned">Tasks whose learning the saved state includes.</param>
/// <param name="Seconds">Seconds of learning by the wall clock.</param>
internal sealed record RivalProgress(int Learned, double Seconds)
{
    /// <summary>Its file.</summary>
    public const string Name = "state.json";
}
