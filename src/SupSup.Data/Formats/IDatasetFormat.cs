using SupSup.Core.Datasets;

namespace SupSup.Data.Formats;

/// <summary>A way in which datasets lie on a disk. A new one is such a class and an entry in <see cref="DatasetFiles"/>.</summary>
internal interface IDatasetFormat
{
    /// <summary>What it reads, for messages: "a folder of ...".</summary>
    string Description { get; }

    /// <summary>The options that it takes.</summary>
    IReadOnlyList<string> Options { get; }

    /// <summary>Whether a file or folder looks like it; what is in the files is not looked at.</summary>
    bool Reads(string path);

    /// <summary>Reads the data.</summary>
    /// <exception cref="DatasetException">They are at fault.</exception>
    LoadedData Read(DatasetAddress address);
}
