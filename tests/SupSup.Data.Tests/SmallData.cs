using System.IO.Compression;
using SupSup.Data.Formats;

namespace SupSup.Data.Tests;

/// <summary>A data set of a few images, as a folder of IDX files that tests damage one by one.</summary>
internal static class SmallData
{
    public const int Rows = 3;
    public const int Columns = 4;
    public const int Classes = 3;

    public static readonly string[] Names =
        [IdxFolder.TrainImages, IdxFolder.TrainLabels, IdxFolder.TestImages, IdxFolder.TestLabels];

    public static readonly byte[] TrainLabels = [2, 0, 1, 2, 0];
    public static readonly byte[] TestLabels = [1, 2];

    /// <summary>Grey levels that differ, [count, Rows * Columns].</summary>
    public static byte[] Pixels(int count) =>
        [.. Enumerable.Range(0, count * Rows * Columns).Select(i => (byte)(i * 37))];

    public static string Write(string folder)
    {
        Directory.CreateDirectory(folder);
        IdxFile.WriteImages(Path.Combine(folder, Names[0]), Rows, Columns, Pixels(TrainLabels.Length));
        IdxFile.WriteLabels(Path.Combine(folder, Names[1]), TrainLabels);
        IdxFile.WriteImages(Path.Combine(folder, Names[2]), Rows, Columns, Pixels(TestLabels.Length));
        IdxFile.WriteLabels(Path.Combine(folder, Names[3]), TestLabels);
        return folder;
    }

    public static byte[] Gzip(byte[] content)
    {
        var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionMode.Compress))
            gzip.Write(content);
        return packed.ToArray();
    }
}
