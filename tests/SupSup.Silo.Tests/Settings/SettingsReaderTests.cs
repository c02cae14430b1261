using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Tests.Settings;

public sealed class SettingsReaderTests
{
    [Fact]
    public void Given_nothing_when_read_then_one_silo_on_loopback_and_a_local_directory()
    {
        SiloSettings settings = SettingsReader.Read(Configuration());
        Assert.Equal(("supsup", "supsup", MembershipKind.Localhost), (settings.ServiceId, settings.ClusterId, settings.Membership.Kind));
        Assert.Equal((StorageKind.Directory, "store", 11111, 30000, 8080), (settings.Storage.Kind, settings.Storage.Directory,
            settings.Endpoints.SiloPort, settings.Endpoints.GatewayPort, settings.Http.Port));
    }

    [Fact]
    public void Given_every_kind_of_value_when_read_then_all_are_taken_whatever_their_case()
    {
        SiloSettings settings = SettingsReader.Read(Configuration(
            ("membership:KIND", "Redis"), ("Membership:Redis", "redis:6379,password=p"), ("Membership:ProbeSeconds", "0.5"),
            ("Storage:Kind", "azure"), ("Storage:ConnectionString", "UseDevelopmentStorage=true"),
            ("Endpoints:ListenOnAnyAddress", "TRUE"), ("Endpoints:Address", "10.0.0.7"), ("Endpoints:SiloPort", "1"), ("SiloName", ""),
            ("Compute:TrainingThreads", "3")));
        Assert.Equal((MembershipKind.Redis, 0.5), (settings.Membership.Kind, settings.Membership.ProbeSeconds));
        Assert.Equal(("10.0.0.7", true, 1),
            (settings.Endpoints.Advertised!.ToString(), settings.Endpoints.ListenOnAnyAddress, settings.Endpoints.SiloPort));
        Assert.Null(settings.SiloName);
        Assert.Equal(3, settings.Compute.TrainingThreads);
    }

    [Theory]
    [InlineData("Store", "SupSup:Storage?")]
    [InlineData("SiloPort", "SupSup:Endpoints:SiloPort?")]
    [InlineData("Storage:Directry", "SupSup:Storage:Directory?")]
    [InlineData("Membreship:Kind", "SupSup:Membership?")]
    [InlineData("Compute:Devices", "SupSup:Compute:Device?")]
    public void Given_a_misspelled_key_when_read_then_it_is_named_with_the_nearest(string key, string meant)
    {
        string mistake = Assert.Single(Mistakes((key, "x")));
        Assert.StartsWith($"SupSup:{key.Split(':')[0]}", mistake, StringComparison.Ordinal);
        Assert.EndsWith($"is not a setting; did you mean {meant}", mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void Given_many_mistakes_when_read_then_each_is_a_line()
    {
        string[] mistakes = Mistakes(
            ("Storage:Kind", "s3"), ("Endpoints:SiloPort", "abc"), ("Endpoints:GatewayPort", "65536"), ("Endpoints:ListenOnAnyAddress",
                "perhaps"), ("Telemetry", "8080"), ("Drain:Seconds:Many", "1"), ("Compute:InferencePasses", "0"));
        Assert.Equal(
            [
                "SupSup:Compute: The field InferencePasses must be between 1 and 1000.",
                "SupSup:Drain:Seconds must have one value",
                "SupSup:Endpoints: The field GatewayPort must be between 0 and 65535.",
                "SupSup:Endpoints:ListenOnAnyAddress is 'perhaps'; use true or false",
                "SupSup:Endpoints:SiloPort is 'abc'; use a whole number",
                "SupSup:Storage:Kind is 's3'; use directory or azure",
                "SupSup:Telemetry is a group of settings; set SupSup:Telemetry:OtlpEndpoint, SupSup:Telemetry:Prometheus, "
                    + "SupSup:Telemetry:JsonLogs",
            ],
            mistakes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Given_mistakes_beside_secrets_when_read_then_no_secret_is_repeated()
    {
        string[] mistakes = Mistakes(("Membership:Kind", "redis"), ("Membership:Redis", "password=geheim,nonsense=geheim"),
            ("Storage:Kind", "azure"), ("Storage:ConnectionString", "AccountName=a;AccountKey=geheim"));
        Assert.Equal(2, mistakes.Length);
        Assert.All(mistakes, mistake => Assert.DoesNotContain("geheim", mistake, StringComparison.Ordinal));
    }

    [Fact]
    public void Given_the_table_of_settings_in_the_docs_when_compared_then_it_has_every_setting()
    {
        string docs = File.ReadAllText(Path.Combine(Repository(), "docs", "operating.md"));
        foreach ((string key, _) in SettingsReader.All()) Assert.Contains($"`{key["SupSup:".Length..]}`", docs, StringComparison.Ordinal);
    }

    private static string Repository()
    {
        DirectoryInfo at = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at.FullName, "SupSup.sln"))) at = at.Parent!;
        return at.FullName;
    }

    private static string[] Mistakes(params (string Key, string Value)[] values) =>
        Assert.Throws<ValidationException>(() => SettingsReader.Read(Configuration(values))).Message.Split(Environment.NewLine);

    private static IConfiguration Configuration(params (string Key, string Value)[] values) => new ConfigurationBuilder()
        .AddInMemoryCollection(values.Select(value => KeyValuePair.Create($"SupSup:{value.Key}", (string?)value.Value)))
        .Build();
}
