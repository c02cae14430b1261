using SupSup.Storage.AzureBlobs;

namespace SupSup.Storage.Tests.AzureBlobs;

/// <summary>Options with which the storage could not work are refused, in one line for each mistake.</summary>
public sealed class OptionsTests(OrleansSerialization serialization)
{
    private const string Key = "c2VjcmV0LXNlY3JldC1zZWNyZXQ=";

    private const string Good =
        $"DefaultEndpointsProtocol=https;AccountName=masks;AccountKey={Key};EndpointSuffix=core.windows.net";

    private const string Option = "Azure Blob grain storage \"masks\": BlobGrainStorageOptions.";

    [Fact]
    public void Given_a_connection_string_when_validated_then_the_defaults_pass() => Validate(_ => { });

    [Fact]
    public void Given_a_service_address_when_validated_then_the_defaults_pass() => Validate(o =>
    {
        o.ConnectionString = null;
        o.ServiceUri = new Uri("https://masks.blob.core.windows.net");
    });

    [Fact]
    public void Given_neither_connection_when_validated_then_it_is_refused() => AssertRefused(
        "ConnectionString or ServiceUri must be set, and neither is", o => o.ConnectionString = " ");

    [Fact]
    public void Given_both_connections_when_validated_then_they_are_refused() => AssertRefused(
        "ConnectionString or ServiceUri must be set, not both",
        o => o.ServiceUri = new Uri("https://masks.blob.core.windows.net"));

    [Theory]
    [InlineData("nonsense")]
    [InlineData($"AccountKey={Key}")]
    [InlineData($"AccountName=masks;AccountKey:{Key}")]
    [InlineData($"AccountName=masks;AccountKey={Key}!;EndpointSuffix=core.windows.net")]
    [InlineData($"AccountName=masks;Key={Key};EndpointSuffix=core.windows.net")]
    [InlineData($"AccountName=masks;AccountKey={Key};BlobEndpoint=not an address")]
    [InlineData($"{Key}")]
    public void Given_a_misspelled_connection_string_when_validated_then_the_line_does_not_repeat_it(string connection)
    {
        string line = AssertRefused(
            "ConnectionString must be a storage connection string", o => o.ConnectionString = connection);

        Assert.DoesNotContain(Key, line);
    }

    [Theory]
    [InlineData("http://masks.blob.core.windows.net")]
    [InlineData("https://masks.blob.core.windows.net?sig=secret")]
    [InlineData("https://user:secret@masks.blob.core.windows.net")]
    [InlineData("masks")]
    public void Given_an_address_that_is_none_of_a_service_when_validated_then_it_is_refused(string address)
    {
        string line = AssertRefused("ServiceUri must be an https address without a query", o =>
        {
            o.ConnectionString = null;
            o.ServiceUri = new Uri(address, UriKind.RelativeOrAbsolute);
        });

        Assert.DoesNotContain("secret", line);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ab")]
    [InlineData("Grains")]
    [InlineData("a--b")]
    public void Given_a_container_name_azure_would_not_take_when_validated_then_it_is_refused(string name) =>
        AssertRefused("ContainerName must be", o => o.ContainerName = name);

    [Theory]
    [InlineData(-1)]
    [InlineData(21)]
    public void Given_retries_out_of_range_when_validated_then_they_are_refused(int retries) =>
        AssertRefused("MaxRetries must be", o => o.MaxRetries = retries);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(100L * 24 * 3600)]
    public void Given_a_timeout_out_of_range_when_validated_then_it_is_refused(long seconds)
    {
        AssertRefused("NetworkTimeout must be", o => o.NetworkTimeout = TimeSpan.FromSeconds(seconds));
        AssertRefused("OperationTimeout must be", o => o.OperationTimeout = TimeSpan.FromSeconds(seconds));
        AssertRefused("StartTimeout must be", o => o.StartTimeout = TimeSpan.FromSeconds(seconds));
    }

    [Fact]
    public void Given_several_mistakes_when_validated_then_each_has_a_line()
    {
        OrleansConfigurationException refused = Assert.Throws<OrleansConfigurationException>(() => Validate(o =>
        {
            o.ConnectionString = null;
            o.ContainerName = "A";
            o.MaxRetries = -1;
        }));

        string[] lines = refused.Message.Split('\n');
        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.StartsWith(Option, line));
    }

    private string AssertRefused(string rule, Action<BlobGrainStorageOptions> change)
    {
        OrleansConfigurationException refused = Assert.Throws<OrleansConfigurationException>(() => Validate(change));
        Assert.StartsWith(Option + rule, refused.Message);
        Assert.DoesNotContain('\n', refused.Message);
        return refused.ToString();
    }

    private void Validate(Action<BlobGrainStorageOptions> change)
    {
        var options = new BlobGrainStorageOptions
        {
            ConnectionString = Good,
            GrainStorageSerializer = serialization.StorageSerializer,
        };
        change(options);
        new BlobGrainStorageOptionsValidator(options, "masks").ValidateConfiguration();
    }
}
