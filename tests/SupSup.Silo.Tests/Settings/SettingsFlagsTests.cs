using System.ComponentModel.DataAnnotations;
using SupSup.Silo.Settings;

namespace SupSup.Silo.Tests.Settings;

public sealed class SettingsFlagsTests
{
    [Fact]
    public void Given_flags_in_every_form_when_read_then_all_name_settings() =>
        Assert.Equal(
            new Dictionary<string, string?>
            {
                ["SupSup:Storage:Kind"] = "azure",
                ["SupSup:Http:Port"] = "81",
                ["SupSup:ClusterId"] = "a=b",
                ["Logging:LogLevel:Default"] = "Debug"
            },
            SettingsFlags.Read(
                ["--SupSup:Storage:Kind=azure", "--Http:Port", "81", "--ClusterId=a=b", "--Logging:LogLevel:Default=Debug"]));

    [Fact]
    public void Given_arguments_that_are_no_flags_when_read_then_each_is_a_line()
    {
        string[] mistakes = Assert.Throws<ValidationException>(
            () => SettingsFlags.Read(["store", "--Http:Port", "--ClusterId=a", "--SiloName"])).Message.Split(Environment.NewLine);
        Assert.Equal(3, mistakes.Length);
        Assert.Contains("'store'", mistakes[0], StringComparison.Ordinal);
        Assert.Contains("--Http:Port=VALUE", mistakes[1], StringComparison.Ordinal);
        Assert.Contains("--SiloName=VALUE", mistakes[2], StringComparison.Ordinal);
    }
}
