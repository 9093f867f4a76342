using Lodger.Vast.Credentials;

namespace Lodger.Vast.Tests.Credentials;

public sealed class SshPublicKeyTests
{
    public const string Body = "AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
    public const string Ed25519 = $"ssh-ed25519 {Body} anna@laptop";

    [Fact]
    public void A_whole_line_is_taken_apart_and_put_together_again()
    {
        var key = SshPublicKey.Parse($"  ssh-ed25519\t{Body}   anna at the laptop \n").Value;

        (key.Type, key.Body, key.Comment).ShouldBe(("ssh-ed25519", Body, "anna at the laptop"));
        key.ToString().ShouldBe($"ssh-ed25519 {Body} anna at the laptop");
    }

    [Theory]
    [InlineData("", "empty")]
    [InlineData("   \n", "empty")]
    [InlineData($"{Body} anna@laptop", "type in front is missing")]
    [InlineData($"ssh-ed25519 {Body}", "comment at the end (user@host) is missing")]
    [InlineData("ssh-ed25519", "nothing follows the type")]
    [InlineData("-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----", "private key")]
    [InlineData("PuTTY-User-Key-File-3: ssh-ed25519", "private key")]
    [InlineData("---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----", "SSH2")]
    [InlineData($"ssh-ed25519 {Body}\nanna@laptop", "several lines")]
    [InlineData($"{Ed25519}\n{Ed25519}", "several lines")]
    [InlineData("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6 anna@laptop", "cut off")]
    [InlineData("ssh-ed25519 not*base64 anna@laptop", "cut off")]
    [InlineData($"ssh-rsa {Body} anna@laptop", "another type")]
    [InlineData($"ssh-dss {Body} anna@laptop", "key type")]
    [InlineData("my key", "key type")]
    [InlineData("/home/anna/.ssh/id_ed25519.pub", "key type")]
    public void A_malformed_key_is_named_for_what_is_wrong_with_it(string text, string wrong)
    {
        var problem = SshPublicKey.Parse(text).Problem.ShouldNotBeNull();

        problem.Id.ShouldBe("ssh-key-malformed");
        problem.Message.ShouldContain(wrong);
    }

    [Fact]
    public void A_private_key_is_not_repeated_in_the_problem() =>
        SshPublicKey.Parse("-----BEGIN RSA PRIVATE KEY-----\nMIIverysecret").Problem!.ToString().ShouldNotContain("MIIverysecret");

    [Fact]
    public void Two_keys_are_the_same_whatever_their_comments()
    {
        var key = SshPublicKey.Parse(Ed25519).Value;

        key.IsSameKey($"ssh-ed25519 {Body} somebody@else").ShouldBeTrue();
        key.IsSameKey($"ssh-ed25519 {Body}").ShouldBeTrue();
        key.IsSameKey($"ssh-rsa {Body} anna@laptop").ShouldBeFalse();
        key.IsSameKey(null).ShouldBeFalse();
    }
}
