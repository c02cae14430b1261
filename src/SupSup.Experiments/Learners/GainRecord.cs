namespace SupSup.Experiments.Learners;

/// <summary>What is kept of a task whose mask of gains was learned.</summary>
/// <param name="Mask">The mask, packed; reservoirs are filled with it again when a run goes on, and recoveries are measured by it.</param>
/// <param name="GivenTaskAccuracy">Share of the test images classified right under it.</param>
/// <param name="Loss">Mean training loss over the last tenth of the batches, in nats.</param>
/// <param name="LearnedAt">Seconds of learning, by the wall clock, when it was done.</param>
internal sealed record GainRecord(byte[] Mask, double GivenTaskAccuracy, double Loss, double LearnedAt);
