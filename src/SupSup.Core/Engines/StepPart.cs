namespace SupSup.Core.Engines;

/// <summary>A run of one layer's inputs, whose weights one thread updates.</summary>
/// <param name="Layer">Layer index.</param>
/// <param name="From">First input.</param>
/// <param name="To">Input after the last.</param>
internal readonly record struct StepPart(int Layer, int From, int To)
{
    /// <summary>
    /// Inputs of a part, but for a layer's last: their gradients fit the first-level cache, and there are parts enough for
    /// many threads.
    /// </summary>
    public const int Largest = 16;
}
