using Lodger.Domain.Spec;

namespace Lodger.Domain.Tests.Spec;

public sealed class SecretLookTests
{
    [Theory]
    [InlineData("API_KEY", "12345678", true)]
    [InlineData("API_KEY", "1234567", false)]
    [InlineData("my-api-key", "abcdefgh", true)]
    [InlineData("aws.secret.key", "abcdefgh", true)]
    [InlineData("HF_TOKEN", "abcdefgh", true)]
    [InlineData("DB_PASSWORD", "abcdefgh", true)]
    [InlineData("GOOGLE_CREDENTIALS", "abcdefgh", true)]
    [InlineData("CLIENT_SECRET", "abcdefgh", true)]
    [InlineData("SMTP_PASSWD", "abcdefgh", true)]
    [InlineData("GPG_PASSPHRASE", "abcdefgh", true)]
    [InlineData("WANDB_APIKEY", "abcdefgh", true)]
    [InlineData("GCP_CREDENTIAL", "abcdefgh", true)]
    [InlineData("ACCESS_KEY", "abcdefgh", true)]
    [InlineData("SSH_PRIVATE_KEY", "abcdefgh", true)]
    [InlineData("AUTH_KEY", "abcdefgh", true)]
    [InlineData("SIGNING_KEY", "abcdefgh", true)]
    [InlineData("ENCRYPTION_KEY", "abcdefgh", true)]
    [InlineData("MAX_TOKENS", "1234567890", false)]
    [InlineData("KEY", "abcdefgh", false)]
    [InlineData("PUBLIC_KEY", "abcdefgh", false)]
    [InlineData("KEY_API", "abcdefgh", false)]
    [InlineData("API_MONKEY", "abcdefgh", false)]
    [InlineData("API_URL_KEY", "abcdefgh", false)]
    [InlineData("LEARNING_RATE", "abcdefgh", false)]
    [InlineData("x", "postgres://anna:geheim@db/x", true)]
    [InlineData("x", "https://example.org/a", false)]
    public void A_variable_looks_like_a_secret_by_its_name_or_by_its_values_form(string name, string value, bool isSecret) => SecretLook.Suspicious(name, value).ShouldBe(isSecret);

    [Theory]
    [InlineData("python train.py --token=hf_aaaaaaaaaaaaaaaaaaaa", true)]
    [InlineData("export X='sk-aaaaaaaaaaaaaaaaaaaa'; run", true)]
    [InlineData("printf -- '-----BEGIN OPENSSH PRIVATE KEY-----'", true)]
    [InlineData("cat '-----BEGIN CERTIFICATE-----'", false)]
    [InlineData("echo PRIVATE KEY", false)]
    [InlineData("python train.py --token $HF_TOKEN", false)]
    [InlineData("", false)]
    public void A_key_is_found_anywhere_in_a_command(string text, bool isThere) => SecretLook.IsIn(text).ShouldBe(isThere);
}
