namespace SupSup.Core.Training.Step;

/// <summary>A run of one layer's inputs, whose weights one thread updates.</summary>
/// <param name="Layer">Layer index.</param>
/// <param name="From">First input.</param>
/// <param name="To">Input after the last.</param>
internal readonly record struct StepPart(int Layer, int From, int To);
