using SupSup.Core.Datasets;
using SupSup.Core.Tasks;
using SupSup.Data;
using SupSup.Data.Formats;

namespace SupSup.Silo.Tests.OpenInference;

/// <summary>A user's own pictures: shapes on a grey ground, neither square nor of 28 x 28, nor as dark and sharp as digits.</summary>
internal static class Shapes
{
    public const int Rows = 20;
    public const int Columns = 14;
    public const int Inputs = Rows * Columns;
    public const int Classes = 4;
    public const int TestImages = 120;

    /// <summary>Writes a folder of IDX files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="ground">Grey level of what is around the shapes.</param>
    public static string Write(string folder, int ground)
    {
        Directory.CreateDirectory(folder);
        Write(folder, IdxFolder.TrainImages, IdxFolder.TrainLabels, 1200, ground);
        Write(folder, IdxFolder.TestImages, IdxFolder.TestLabels, TestImages, ground + 1);
        return folder;
    }

    /// <summary>The test images as a permuted task of seed 1 sees them, and their classes.</summary>
    public static (byte[] Pixels, int[] Labels) Test(string folder, int task)
    {
        ExampleSet test = DatasetFiles.Open(folder).Test;
        int[] order = PermutedFamily.Permutation(Inputs, 1, task);
        return ([.. Enumerable.Range(0, test.Count).SelectMany(image => order.Select(pixel => test.Image(image)[pixel]))], test.Labels);
    }

    /// <summary>The test images as they are.</summary>
    public static byte[] Raw(string folder) => DatasetFiles.Open(folder).Test.Pixels;

    private static void Write(string folder, string images, string labels, int count, int ground)
    {
        Random random = new(ground);
        byte[] classes = [.. Enumerable.Range(0, count).Select(n => (byte)(n % Classes))];
        byte[] pixels = [.. classes.SelectMany(shape => Draw(random, shape, ground))];
        IdxFile.WriteImages(Path.Combine(folder, images), Rows, Columns, pixels);
        IdxFile.WriteLabels(Path.Combine(folder, labels), classes);
    }

    // A bar across, a bar down, a square, or stripes.
    private static byte[] Draw(Random random, int shape, int ground)
    {
        (int top, int left) = (random.Next(Rows - 6), random.Next(Columns - 6));
        bool IsInk(int row, int column) => shape switch
        {
            0 => row - top is 2 or 3,
            1 => column - left is 2 or 3,
            2 => row - top is >= 0 and < 7 && column - left is >= 0 and < 7,
            _ => (row + column + top) % 5 < 2,
        };
        int Level(int pixel) => ground + random.Next(12) + (IsInk(pixel / Columns, pixel % Columns) ? 50 : 0);
        return [.. Enumerable.Range(0, Inputs).Select(pixel => (byte)Level(pixel))];
    }
}
