namespace SupSup.Core.Evaluation;

/// <summary>
/// How the paper scores scenario GNu (task given in training, not at inference, labels unshared): test images come in
/// batches of 128, the task is inferred once per batch from its first image, and a wrong task scores the batch 0.
/// </summary>
public static class PaperRule
{
    /// <summary>Images per batch.</summary>
    public const int BatchSize = 128;

    /// <summary>The images from which tasks are inferred: the first of each batch.</summary>
    /// <param name="images">Number of test images.</param>
    public static int[] FirstImages(int images) =>
        [.. Enumerable.Range(0, (images + BatchSize - 1) / BatchSize).Select(batch => batch * BatchSize)];

    /// <summary>Scores one task's test images.</summary>
    /// <param name="task">The true task.</param>
    /// <param name="inferred">The task inferred for each batch, in batch order.</param>
    /// <param name="correct">For each image, whether the true task's mask gives the right class.</param>
    /// <returns>Share of images scored right.</returns>
    /// <exception cref="ArgumentException">The numbers of batches and images disagree, or there are no images.</exception>
    public static double Accuracy(int task, ReadOnlySpan<int> inferred, ReadOnlySpan<bool> correct)
    {
        if (correct.IsEmpty || inferred.Length != (correct.Length + BatchSize - 1) / BatchSize)
            throw new ArgumentException($"{inferred.Length} inferred tasks do not fit {correct.Length} images in batches of {BatchSize}");
        int right = 0;
        for (int image = 0; image < correct.Length; image++)
            if (correct[image] && inferred[image / BatchSize] == task) right++;
        return (double)right / correct.Length;
    }
}
