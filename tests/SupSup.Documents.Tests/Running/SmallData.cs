using System.Globalization;
using SkiaSharp;

namespace SupSup.Documents.Tests.Running;

/// <summary>The files that documents speak of, small: pictures whose classes differ in their pattern, and a table.</summary>
internal static class SmallData
{
    // Small networks learn small pictures fast; of the folder nature the documents say the size.
    private const int Side = 8;
    private const int NatureSide = 32;
    private static readonly string[] Flowers = ["orchid", "poppy", "rose", "sunflower", "tulip"];
    private static readonly string[] Trees = ["maple_tree", "oak_tree", "palm_tree", "pine_tree", "willow_tree"];
    private static readonly string[] Sea = ["dolphin", "flatfish", "otter", "ray", "seal", "shark", "whale"];

    private static readonly string[] Intents =
    [
        "account_blocked", "balance", "bill_balance", "bill_due", "freeze_account", "interest_rate", "min_payment", "order_checks",
        "pay_bill", "pin_change", "report_fraud", "routing", "spending_history", "transactions", "transfer",
    ];

    /// <summary>What of a shown answer depends on the data: names of classes and tasks.</summary>
    public static IEnumerable<string> Names => [.. Flowers, .. Trees, .. Sea, .. Intents, "flowers", "trees", "sea"];

    /// <summary>Writes them all into a folder.</summary>
    public static void Write(string folder)
    {
        foreach (string root in (string[])["", "data"])
        {
            WriteHalves(Path.Combine(folder, root, "flowers"), Flowers);
            WriteHalves(Path.Combine(folder, root, "nature"), [.. Flowers, .. Trees, .. Sea], NatureSide);
        }

        // Two pictures of the test half are in the training half too.
        foreach (string name in (string[])["orchid", "poppy"])
        {
            string picture = Path.Combine(folder, "nature/train", name, "000.png");
            File.Copy(picture, picture.Replace("/train/", "/test/", StringComparison.Ordinal), overwrite: true);
        }

        WriteHalves(Path.Combine(folder, "trees"), Trees);
        WriteHalves(Path.Combine(folder, "sea"), Sea);
        WriteHalves(Path.Combine(folder, "data", "trees"), ["oak", "ash", "elm"]);
        foreach (string name in (string[])["holiday.jpg", "rose.jpg", "rose.png"])
            WritePicture(Path.Combine(folder, name), "rose", name.Length, Side);
        WriteTable(Path.Combine(folder, "banking.csv"), 20);
        WriteTable(Path.Combine(folder, "banking-test.csv"), 2);
        Random draw = new(1);
        string row = string.Join(',', Enumerable.Repeat("0.5", 784));
        File.WriteAllLines(Path.Combine(folder, "batches.ndjson"), Enumerable.Range(0, 3).Select(number =>
            $$"""{"number":{{number}},"inputs":[[{{row}}],[{{row}}]],"labels":[{{draw.Next(10)}},{{draw.Next(10)}}]}"""));
    }

    private static void WriteHalves(string folder, string[] classes, int side = Side)
    {
        foreach (string name in classes)
        {
            foreach ((string half, int count) in (IEnumerable<(string, int)>)[("train", 20), ("test", 8)])
            {
                string inner = Directory.CreateDirectory(Path.Combine(folder, half, name)).FullName;
                for (int n = 0; n < count; n++) WritePicture(Path.Combine(inner, $"{n:d3}.png"), name, half.Length * 1000 + n, side);
            }
        }
    }

    private static void WritePicture(string path, string name, int seed, int side)
    {
        // The pattern is the class's, the noise the picture's.
        Random pattern = new(name.Sum(c => c * c)), noise = new(seed);
        using SKBitmap picture = new(side, side);
        for (int y = 0; y < side; y++)
            for (int x = 0; x < side; x++)
                picture.SetPixel(x, y, new SKColor(Level(), Level(), Level()));
        using FileStream file = File.Create(path);
        picture.Encode(file, path.EndsWith(".jpg", StringComparison.Ordinal) ? SKEncodedImageFormat.Jpeg : SKEncodedImageFormat.Png, 90);

        byte Level() => (byte)((pattern.Next(256) + noise.Next(256)) / 2);
    }

    private static void WriteTable(string path, int rowsOfEach)
    {
        Random noise = new(rowsOfEach);
        IEnumerable<string> rows = Enumerable.Range(0, rowsOfEach).SelectMany(_ => Intents.Select(intent =>
        {
            Random mean = new(intent.Sum(c => c * c));
            IEnumerable<string> values = Enumerable.Range(0, 8).Select(_ =>
                (mean.NextDouble() + 0.1 * noise.NextDouble()).ToString("F4", CultureInfo.InvariantCulture));
            return $"{string.Join(',', values)},{intent}";
        }));
        File.WriteAllLines(path, [$"{string.Join(',', Enumerable.Range(0, 8).Select(n => $"x{n}"))},intent", .. rows]);
    }
}
