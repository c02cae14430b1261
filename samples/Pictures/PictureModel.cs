using System.IO.Compression;
using SupSup.Client;
using SupSup.Grains.Interfaces.Models;

namespace Pictures;

/// <summary>Folders of pictures as tasks of one model, the folders in them as classes.</summary>
internal sealed class PictureModel(SupSupModel model)
{
    // What every picture is made: grey, of this size, and equally bright, which gives all levels the mean 128 and the deviation 45.
    private static readonly InputFormat Format = new()
    {
        Shape = [1, 32, 32],
        Normalization = new PixelNormalization { Means = [128 / 255f], Deviations = [45 / 255f], Even = true },
    };

    private static readonly ModelSpec Spec = new()
    {
        Plan = "1024-300-100-100", // up to 99 classes a task
        Classes = 10,
        Seed = 1,
        InputFormat = Format,
    };

    /// <summary>Makes the model, or opens it where it exists.</summary>
    public static async Task<PictureModel> CreateAsync(SupSupClient client, string name, CancellationToken cancellationToken) =>
        new(await client.CreateAsync(name, Spec, cancellationToken));

    /// <summary>Sends a folder and learns it as the task of its name, or goes on where that was cut off.</summary>
    public async Task<TaskSummary> LearnAsync(string folder, Action<TrainingProgress> progress, CancellationToken cancellationToken)
    {
        string name = Path.GetFileName(Path.GetFullPath(folder).TrimEnd(Path.DirectorySeparatorChar));
        using MemoryStream archive = new();
        await ZipFile.CreateFromDirectoryAsync(folder, archive, cancellationToken);
        archive.Position = 0;
        int task = await model.AllocateTaskAsync(name, cancellationToken);
        SentData sent = await model.SendDataAsync(task, archive, $"{name}.zip", cancellationToken);
        TrainingOrder order = new()
        {
            Data = new TaskData { Dataset = $"{sent.Dataset}?{Format.PictureOptions}" },
            Names = new TaskNames { Task = name },
        };
        return await model.LearnAsync(task, order, progress, cancellationToken);
    }

    /// <summary>Share of the task's pictures that are right of those that were not learned from.</summary>
    public Task<Evaluation> EvaluateAsync(int task, CancellationToken cancellationToken) =>
        model.EvaluateAsync(task, cancellationToken: cancellationToken);

    /// <summary>Task and class of each picture.</summary>
    public Task<Prediction[]> AskAsync(IReadOnlyList<string> files, double unknownRate, CancellationToken cancellationToken)
    {
        byte[] levels = [.. files.SelectMany(file => PictureFile.Levels(file, Format.Shape[1], Format.Shape[2]))];
        InputBatch inputs = Format.Normalization.Apply(levels, files.Count);
        return model.InferAsync(inputs, new InferenceOptions { UnknownRate = unknownRate }, cancellationToken);
    }
}
