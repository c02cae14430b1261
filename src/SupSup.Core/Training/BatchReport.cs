namespace SupSup.Core.Training;

/// <summary>Hears how far the training of a task is.</summary>
/// <param name="batchesDone">Batches trained.</param>
/// <param name="loss">Mean cross-entropy of the last of them, in nats.</param>
/// <param name="capture">Copies what is needed to go on from here; to be called before the report returns.</param>
public delegate void BatchReport(int batchesDone, float loss, Func<TrainingCheckpoint> capture);
