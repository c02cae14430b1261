using SupSup.Storage.LocalDirectory;

namespace SupSup.Storage.Tests.LocalDirectory;

/// <summary>Options with which the storage could not work are refused in one line.</summary>
public sealed class OptionsTests(OrleansSerialization serialization)
{
    [Fact]
    public void Given_a_root_directory_when_validated_then_the_defaults_pass() => Validate(_ => { });

    [Theory]
    [InlineData("")]
    [InlineData("  ")]
    [InlineData("a\0b")]
    public void Given_no_root_directory_when_validated_then_it_is_refused(string root) =>
        AssertRefused("RootDirectory", o => o.RootDirectory = root);

    [Theory]
    [InlineData("")]
    [InlineData("ab")]
    [InlineData("Grains")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a--b")]
    [InlineData("-ab")]
    [InlineData("grains\n")]
    public void Given_a_container_name_azure_would_not_take_when_validated_then_it_is_refused(string name) =>
        AssertRefused("ContainerName", o => o.ContainerName = name);

    [Fact]
    public void Given_no_concurrency_when_validated_then_it_is_refused() =>
        AssertRefused("MaxConcurrentOperations", o => o.MaxConcurrentOperations = 0);

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    public void Given_a_record_version_that_there_is_not_when_validated_then_it_is_refused(int version) =>
        AssertRefused("RecordVersion", o => o.RecordVersion = version);

    private void AssertRefused(string option, Action<DirectoryGrainStorageOptions> change)
    {
        OrleansConfigurationException refused = Assert.Throws<OrleansConfigurationException>(() => Validate(change));
        Assert.StartsWith(
            $"directory grain storage \"masks\": DirectoryGrainStorageOptions.{option} must", refused.Message);
    }

    private void Validate(Action<DirectoryGrainStorageOptions> change)
    {
        var options = new DirectoryGrainStorageOptions
        {
            RootDirectory = "/data",
            GrainStorageSerializer = serialization.StorageSerializer,
        };
        change(options);
        new DirectoryGrainStorageOptionsValidator(options, "masks").ValidateConfiguration();
    }
}
