namespace SupSup.Bench;

/// <summary>A part of the benchmark, by the name that --only takes.</summary>
internal enum BenchPart
{
    /// <summary>Training steps against the dense products and plain TorchSharp.</summary>
    Train,

    /// <summary>Networks over pictures against dense ones in plain TorchSharp.</summary>
    Pictures,

    /// <summary>Training in groups on the GPU against a task for each core; nothing where there is no GPU.</summary>
    Device,

    /// <summary>Networks over pictures on the GPU, tasks together against one by one; nothing where there is no GPU.</summary>
    DevicePictures,

    /// <summary>One-shot inference at k = 2500 against one read of the masks.</summary>
    OneShot,

    /// <summary>The same at larger k.</summary>
    Growth,

    /// <summary>Answers against exact ones.</summary>
    Same,

    /// <summary>Sizes of mask files, and how fast they are read.</summary>
    Files,

    /// <summary>Bytes of SplitImageNet's tasks against the bound and the paper's figures.</summary>
    Bytes,

    /// <summary>Queries through client, coordinator and shards, against the kernel alone.</summary>
    EndToEnd,

    /// <summary>Queries over REST and gRPC against the same within the process.</summary>
    Serving,

    /// <summary>Memory of a silo that holds the masks.</summary>
    Memory,

    /// <summary>A model that grows to any number of tasks in silos that are processes of their own; only where it is asked for.</summary>
    Scale,
}
