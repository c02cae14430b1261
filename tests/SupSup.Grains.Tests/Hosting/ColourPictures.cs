using System.Text;
using SupSup.Core.Datasets;
using SupSup.Core.Random;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Grains.Data;
using SupSup.Grains.Interfaces.Models;

namespace SupSup.Grains.Tests.Hosting;

/// <summary>Small colour pictures of two kinds of three classes, made from seeds; each class has a pattern, under noise.</summary>
internal static class ColourPictures
{
    public const string Network = "conv16-norm-relu-max2-res(conv16-norm-relu)-conv24-norm-relu-average";

    private const int Side = 8;
    private const int Values = Side * Side * 3;

    /// <summary>Writes both kinds.</summary>
    /// <returns>Their paths.</returns>
    public static string[] Write(string folder) => [.. new[] { "some", "others" }.Select((name, kind) =>
    {
        string path = Path.Combine(folder, name);
        Directory.CreateDirectory(path);
        Write(path, "train", kind, 300);
        Write(path, "test", kind, 90);
        return path;
    })];

    public static ModelSpec Spec(string data) => FittingModel.Of(DatasetFiles.Open(data), 3, network: Network, outputs: 10, seed: 5);

    /// <summary>An order; without a recipe it is that of pictures.</summary>
    public static TrainingOrder Order(string data, int batches = 150, string? recipe = "fast") => new()
    {
        Data = new TaskData { Dataset = data },
        Recipe = recipe!,
        Batches = batches,
        BatchSize = 32,
    };

    /// <summary>Test pictures of a kind as a model takes them.</summary>
    public static (InputBatch Inputs, int[] Labels) Test(string data, ModelSpec spec)
    {
        ClassificationTask task = TaskFamilies.Get("whole").Make(Open(data, spec), 0, 0);
        (float[] inputs, int[] labels) = task.Test(0, task.TestCount);
        return (new InputBatch { Rows = labels.Length, Values = inputs }, labels);
    }

    public static Dataset Open(string data, ModelSpec spec) => spec.InputFormat!.Fit(DatasetFiles.Open(data), "the model");

    private static void Write(string folder, string half, int kind, int count)
    {
        RandomStream random = new((ulong)(kind + 1), StreamPurpose.DataSplit, count);
        byte[] pixels = new byte[count * Values];
        bool[][] patterns = [.. Enumerable.Range(0, 3).Select(label => Pattern((ulong)(100 + (3 * kind) + label)))];
        for (int n = 0; n < pixels.Length; n++)
        {
            bool isBright = patterns[n / Values % 3][n % Values];
            pixels[n] = (byte)(random.NextInt32(90) + (isBright ? 140 : 0));
        }

        Save(Path.Combine(folder, $"x_{half}.npy"), $"({count}, {Side}, {Side}, 3)", pixels);
        Save(Path.Combine(folder, $"y_{half}.npy"), $"({count},)", [.. Enumerable.Range(0, count).Select(n => (byte)(n % 3))]);
    }

    private static bool[] Pattern(ulong seed)
    {
        RandomStream random = new(seed, StreamPurpose.DataSplit, 0);
        return [.. Enumerable.Range(0, Values).Select(_ => random.NextInt32(2) == 0)];
    }

    private static void Save(string path, string shape, byte[] values)
    {
        string header = $"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}".PadRight(117) + "\n";
        File.WriteAllBytes(path, [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. values]);
    }
}
