using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Spec;

public sealed class NameRulesTests
{
    [Theory]
    [InlineData("digits-2", true)]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd", true)]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccdddddddddde", false)]
    [InlineData("", false)]
    [InlineData("Digits", false)]
    [InlineData("-digits", false)]
    [InlineData("digits-", false)]
    [InlineData("a--b", false)]
    [InlineData("a/b", false)]
    [InlineData("digits\n", false)]
    public void A_jobs_name_can_be_part_of_directories_labels_and_host_names(string name, bool isGood) => Check(NameRules.Job(name), isGood, "name: ");

    [Theory]
    [InlineData("41200999", true)]
    [InlineData("vol-A1", true)]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff1234", true)]
    [InlineData("aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff12345", false)]
    [InlineData("", false)]
    [InlineData("my data", false)]
    [InlineData("a/b", false)]
    [InlineData("vol_1", false)]
    public void A_volume_is_named_by_the_platforms_id(string id, bool isGood) => Check(NameRules.VolumeId(id), isGood, "volume: 41200999");

    [Theory]
    [InlineData("ghcr.io", true)]
    [InlineData("localhost:5000", true)]
    [InlineData("a", true)]
    [InlineData("https://ghcr.io", false)]
    [InlineData("ghcr.io/team", false)]
    [InlineData("-u", false)]
    [InlineData("ghcr.io:", false)]
    [InlineData("ghcr.io\n", false)]
    public void A_registry_is_named_by_its_host_alone(string server, bool isGood) => Check(NameRules.RegistryServer(server), isGood, "server: ghcr.io");

    [Theory]
    [InlineData("anna", true)]
    [InlineData("$oauthtoken", true)]
    [InlineData("robot+ci@lab.example", true)]
    [InlineData("-p", false)]
    [InlineData("anna -p x", false)]
    [InlineData("", false)]
    [InlineData("anna\n", false)]
    public void A_registrys_user_is_one_word_that_is_no_option(string user, bool isGood) => Check(NameRules.RegistryUser(user), isGood, "hyphen");

    [Theory]
    [InlineData("RTX 4090", true)]
    [InlineData("RTX_4090", true)]
    [InlineData("A100-SXM4", true)]
    [InlineData(" RTX", false)]
    [InlineData("RTX'4090", false)]
    [InlineData("", false)]
    public void A_GPU_is_named_in_letters_and_digits(string name, bool isGood) => Check(NameRules.Gpu(name), isGood, "gpu: RTX 4090");

    [Theory]
    [InlineData("HF_TOKEN", true, "")]
    [InlineData("_x1", true, "")]
    [InlineData("LODGER", true, "")]
    [InlineData("lodger_x", true, "")]
    [InlineData("LODGER_RESUME", false, "Lodger's own")]
    [InlineData("PPID", false, "the shell itself")]
    [InlineData("IFS", false, "the shell itself")]
    [InlineData("1X", false, "does not begin with a digit")]
    [InlineData("A-B", false, "letters, digits and underscores")]
    [InlineData("A=B", false, "letters, digits and underscores")]
    [InlineData("", false, "letters, digits and underscores")]
    public void A_variable_is_one_that_every_shell_takes_and_none_of_Lodgers_own(string name, bool isGood, string says) => Check(NameRules.Variable(name), isGood, says);

    [Theory]
    [InlineData(128, true)]
    [InlineData(129, false)]
    public void A_variables_name_has_at_most_128_characters(int length, bool isGood) => Check(NameRules.Variable(new string('X', length)), isGood, "128");

    [Theory]
    [InlineData(255, true)]
    [InlineData(256, false)]
    public void An_images_name_has_at_most_255_characters(int length, bool isGood) => Check(NameRules.Image(new string('x', length)), isGood, "image: ");

    private static void Check(string? said, bool isGood, string says)
    {
        if (isGood)
            said.ShouldBeNull();
        else
            said.ShouldNotBeNull().ShouldContain(says);
    }
}
