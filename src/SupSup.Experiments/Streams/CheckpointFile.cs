using SupSup.Core.Training;
using SupSup.Experiments.Files;

namespace SupSup.Experiments.Streams;

/// <summary>A training that was put aside, as a file.</summary>
internal static class CheckpointFile
{
    public static void Write(string path, TrainingCheckpoint checkpoint) => AtomicFile.Write(path, temporary =>
    {
        using BinaryWriter writer = new(File.Create(temporary));
        writer.Write(checkpoint.BatchesDone);
        writer.Write(checkpoint.TailLoss);
        writer.Write(checkpoint.Scores.Length);
        foreach (float[] values in (IEnumerable<float[]>)[.. checkpoint.Scores, .. checkpoint.OptimizerState, checkpoint.Statistics])
        {
            writer.Write(values.Length);
            writer.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
        }
    });

    /// <summary>Reads it.</summary>
    /// <exception cref="IOException">It is missing or ends early.</exception>
    public static TrainingCheckpoint Read(string path)
    {
        using BinaryReader reader = new(File.OpenRead(path));
        (int batches, double loss, int layers) = (reader.ReadInt32(), reader.ReadDouble(), reader.ReadInt32());
        TrainingCheckpoint checkpoint = new(batches, [.. Layers()], [.. Layers()], loss);

        // Files of earlier builds end here; they are of plans that do not normalise.
        return reader.BaseStream.Position < reader.BaseStream.Length ? checkpoint with { Statistics = Values() } : checkpoint;

        IEnumerable<float[]> Layers() => Enumerable.Range(0, layers).Select(_ => Values());

        float[] Values()
        {
            float[] values = new float[reader.ReadInt32()];
            reader.BaseStream.ReadExactly(System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
            return values;
        }
    }
}
