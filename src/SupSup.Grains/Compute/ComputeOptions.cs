using System.ComponentModel.DataAnnotations;
using SupSup.Core.Devices;

namespace SupSup.Grains.Compute;

/// <summary>How a silo spends its cores, and its GPU if it has one.</summary>
public sealed class ComputeOptions : IValidatableObject
{
    /// <summary>
    /// Where tasks are trained on data that the silo makes: "cpu" (default), "cuda" or "cuda:N" for a GPU, "auto" for the
    /// first GPU if there is one. On a GPU tasks are trained in groups; all else stays on the processor.
    /// </summary>
    [Required(AllowEmptyStrings = false)]
    public string Device { get; set; } = "cpu";

    /// <summary>Trains tasks in groups on the processor too, as on a GPU; slower there than a thread for each. Default false.</summary>
    public bool TrainInGroups { get; set; }

    /// <summary>
    /// Has this silo say that it has a GPU, though it trains on the processor, so that trainings are placed on it: for
    /// trying placement out where there is no GPU. Default false.
    /// </summary>
    public bool DeclareGpu { get; set; }

    /// <summary>Largest number of tasks in a group; each takes about 50 bytes of device memory for each weight of the network, and over
    /// pictures its activations. A group that the memory does not hold is trained in parts. Default 64.</summary>
    [Range(1, 4096)]
    public int DeviceTasks { get; set; } = 64;

    /// <summary>Milliseconds for which a training waits for others to make a group with, unless the group is
    /// full before. Default 50.</summary>
    [Range(0, 3_600_000)]
    public int DeviceGatherMilliseconds { get; set; } = 50;

    /// <summary>Threads that train, one task each; 0 (default) is one per core.</summary>
    [Range(0, 4096)]
    public int TrainingThreads { get; set; }

    /// <summary>
    /// By how much training stands back behind queries and the cluster's own work where cores are short, 0 (not at all) to
    /// 19; on Linux, where it is the threads' niceness. What it leaves undone is caught up while nothing is asked. Default 10.
    /// </summary>
    [Range(0, 19)]
    public int TrainingNiceness { get; set; } = 10;

    /// <summary>Threads that infer; 0 (default) is one per core.</summary>
    [Range(0, 4096)]
    public int InferenceThreads { get; set; }

    /// <summary>Largest number of images in one inference pass; what arrives beyond waits for the next. Default 256.</summary>
    [Range(1, 1_000_000)]
    public int InferenceBatchRows { get; set; } = 256;

    /// <summary>Largest number of images times tasks in one inference pass, which bounds how long a pass takes. Default 65536.</summary>
    [Range(1, int.MaxValue)]
    public int InferencePassWork { get; set; } = 65_536;

    /// <summary>Largest number of tasks among which a model over pictures (convolutions) infers: it runs the mask of each on every
    /// image. Default 256.</summary>
    [Range(1, int.MaxValue)]
    public int InferenceMasks { get; set; } = 256;

    /// <summary>Bytes of networks over pictures that a silo keeps open between queries, each under the mask of one task; what is not kept
    /// is made of its mask on every query. 0 keeps none. Default 256 MiB.</summary>
    [Range(0, long.MaxValue)]
    public long OpenNetworkBytes { get; set; } = 256L << 20;

    /// <summary>Inference passes that a coordinator keeps going at once, so that one's gathering overlaps the
    /// next's arithmetic. Default 2.</summary>
    [Range(1, 1000)]
    public int InferencePasses { get; set; } = 2;

    /// <summary>Images that may wait for a pass on a silo, for each model; queries beyond are refused, to be
    /// asked again. Default 16384.</summary>
    [Range(1, int.MaxValue)]
    public int InferenceQueueRows { get; set; } = 16_384;

    /// <summary>Masks that a shard reads from the store at once when it is rebuilt. Default 16.</summary>
    [Range(1, 1024)]
    public int MaskFetches { get; set; } = 16;

    /// <summary>
    /// Seconds of training between two checkpoints of a task, which bound what a crash costs; in a stream of submitted batches,
    /// seconds after which a batch is durable at the latest, whether or not more come. Default 10.
    /// </summary>
    [Range(1e-3, 1e9)]
    public double CheckpointSeconds { get; set; } = 10;

    /// <summary>Batches between two checkpoints of a stream of submitted batches: how many its client must keep. Default 100.</summary>
    [Range(1, int.MaxValue)]
    public int CheckpointBatches { get; set; } = 100;

    /// <summary>
    /// Submitted batches per stream that may wait in the silo for their turn, each less than this far ahead of the one that is
    /// wanted; others are sent back. With <see cref="StreamBatchRows"/> it bounds the memory of a stream. Default 8.
    /// </summary>
    [Range(1, 10_000)]
    public int StreamWindow { get; set; } = 8;

    /// <summary>Seconds for which a batch that is ahead waits for those before it. Default 3.</summary>
    [Range(1e-3, 3600)]
    public double StreamGapSeconds { get; set; } = 3;

    /// <summary>Largest number of rows of a submitted batch. Default 65536.</summary>
    [Range(1, int.MaxValue)]
    public int StreamBatchRows { get; set; } = 65_536;

    /// <summary>Bytes of data that may be sent for the tasks of a model and kept in its store, in all; what an archive may unfold to is
    /// bounded by it too. Default 4 GiB.</summary>
    [Range(1, long.MaxValue)]
    public long ModelDataBytes { get; set; } = 4L << 30;

    /// <summary>Folder of datasets that this silo can read; fetched ones are put there, and sent ones while they are read.</summary>
    [Required(AllowEmptyStrings = false)]
    public string DataFolder { get; set; } = "data";

    /// <summary>Folders that orders may name data in by path, with ';' between; a path outside is refused in the same words whether there
    /// is something or not. Empty (default): any that the silo can read.</summary>
    public string DataRoots { get; set; } = "";

    internal int EffectiveTrainingThreads => TrainingThreads > 0 ? TrainingThreads : Environment.ProcessorCount;

    internal int EffectiveInferenceThreads => InferenceThreads > 0 ? InferenceThreads : Environment.ProcessorCount;

    /// <summary>Whether trainings are placed on this silo as on one with a GPU.</summary>
    internal bool HasGpu => DeclareGpu || ComputeDevice.Parse(Device).Gpu is not null;

    internal bool UsesGroups => TrainInGroups || ComputeDevice.Parse(Device).Gpu is not null;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        string? mistake = null;
        try
        {
            ComputeDevice.Parse(Device);
            if (TrainInGroups) TorchBackend.Get();
        }
        catch (ArgumentException e)
        {
            mistake = e.Message;
        }

        if (mistake is not null) yield return new ValidationResult(mistake, [nameof(Device)]);
    }
}
