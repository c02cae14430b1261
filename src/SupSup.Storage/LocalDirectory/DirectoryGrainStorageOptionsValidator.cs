namespace SupSup.Storage.LocalDirectory;

/// <summary>Refuses at start, in one line, options with which the storage could not work.</summary>
/// <param name="options">The options of one provider.</param>
/// <param name="name">The provider's name.</param>
public sealed class DirectoryGrainStorageOptionsValidator(DirectoryGrainStorageOptions options, string name)
    : IConfigurationValidator
{
    /// <inheritdoc/>
    /// <exception cref="OrleansConfigurationException">An option is out of range.</exception>
    public void ValidateConfiguration()
    {
        if (string.IsNullOrWhiteSpace(options.RootDirectory) || options.RootDirectory.Contains('\0'))
            throw Refused(nameof(options.RootDirectory), "must name a directory");
        if (!ContainerName.IsValid(options.ContainerName))
            throw Refused(nameof(options.ContainerName), ContainerName.Rule);
        if (options.MaxConcurrentOperations < 1)
            throw Refused(nameof(options.MaxConcurrentOperations), "must be at least 1");
        if (options.RecordVersion is < RecordHeader.FirstVersion or > RecordHeader.LatestVersion)
            throw Refused(nameof(options.RecordVersion), $"must be {RecordHeader.FirstVersion} or {RecordHeader.LatestVersion}");
        if (options.GrainStorageSerializer is null)
            throw Refused(nameof(options.GrainStorageSerializer), "must be set");
    }

    private OrleansConfigurationException Refused(string option, string rule) =>
        new($"directory grain storage \"{name}\": {nameof(DirectoryGrainStorageOptions)}.{option} {rule}");
}
