using SupSup.Core.Inference;

namespace SupSup.Experiments.Learners;

/// <summary>What is kept of a task that was learned.</summary>
/// <param name="Task">Task index.</param>
/// <param name="GivenTaskAccuracy">Share of its test images classified right with the task given.</param>
/// <param name="Correct">The same by image: bit i is set where image i is classified right.</param>
/// <param name="Loss">Mean training loss over the last tenth of the batches, in nats.</param>
/// <param name="LearnedAt">Seconds of learning, by the wall clock, when it was done.</param>
/// <param name="UsualEvidence">The mean alone, in records of an earlier build; not used.</param>
/// <param name="Evidence">What its mask usually has; null in records of builds before it was measured.</param>
internal sealed record TaskRecord(
    int Task, double GivenTaskAccuracy, byte[] Correct, double Loss, double LearnedAt, double? UsualEvidence = null,
    EvidenceProfile? Evidence = null)
{
    /// <summary>Whether an image is classified right.</summary>
    public bool IsCorrect(int image) => (Correct[image >> 3] >> (image & 7) & 1) != 0;

    /// <summary>Packs which images are classified right.</summary>
    public static TaskRecord Of(int task, ReadOnlySpan<bool> correct, double loss, double learnedAt, EvidenceProfile? evidence)
    {
        byte[] bits = new byte[(correct.Length + 7) / 8];
        int right = 0;
        for (int image = 0; image < correct.Length; image++)
        {
            if (!correct[image]) continue;
            bits[image >> 3] |= (byte)(1 << (image & 7));
            right++;
        }

        return new TaskRecord(task, (double)right / correct.Length, bits, loss, learnedAt, Evidence: evidence);
    }
}
