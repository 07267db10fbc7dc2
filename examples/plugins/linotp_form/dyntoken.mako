%if c.scope == 'config':
<script>
function dyn_get_config_val() {
    var ret = {};
    ret['DynTokenTimeOut'] = 'dyn_challenge_timeout';
    ret['DynTokenMaxChallemges'] = 'dyn_max_challenge';
    return ret;
}
function dyn_get_config_params() {
    var ret = {};
    ret['DynTokenTimeOut'] = $('#dyn_challenge_timeout').val();
    ret['DynTokenMaxChallemges'] = $('#dyn_max_challenge').val();
    return ret;
}
</script>
<form id="dyn_config">
    <p><label for="dyn_challenge_timeout">${_("Seconds to answer")}</label>
    <input type="text" id="dyn_challenge_timeout" value="120"></p>
    <p><label for="dyn_max_challenge">${_("Open questions at most")}</label>
    <input type="text" id="dyn_max_challenge" value="3"></p>
</form>
%elif c.scope == 'config.tab':
${_("Dyn token")}
%elif c.scope == 'enroll':
<script>
$(document).ready(function () {
    $('#dyn_key_cb').click(function () {
        if ($('#dyn_key_cb').attr('checked')) { $('#dyn_key_row').hide(); } else { $('#dyn_key_row').show(); }
    });
});
function dyn_get_enroll_params() {
    var url = {};
    url['type'] = 'dyn';
    url['otppin'] = $('#dyn_pin1').val();
    url['hashlib'] = $('#dyn_algorithm').val();
    url['serial'] = create_serial('DYN');
    if ($('#dyn_key_cb').attr('checked')) {
        url['genkey'] = 1;
    } else {
        url['otpkey'] = $('#dyn_key').val();
    }
    jQuery.extend(url, add_user_data());
    return url;
}
function dyn_clear_input_fields() {
    $('#dyn_key').val('');
    $('#dyn_pin1').val('');
}
</script>
<form id="dyn_enroll">
    <p><label for="dyn_key_cb">${_("Make a key")}</label> <input type="checkbox" id="dyn_key_cb"></p>
    <p id="dyn_key_row"><label for="dyn_key">${_("Key in hexadecimal")}</label>
    <input type="text" id="dyn_key" autocomplete="off"></p>
    <p><label for="dyn_algorithm">${_("Hash function")}</label>
    <select id="dyn_algorithm"><option>sha256</option><option>sha512</option></select></p>
    <p><label for="dyn_pin1">${_("PIN")}</label> <input type="password" id="dyn_pin1" autocomplete="off"></p>
</form>
%elif c.scope == 'enroll.tab':
${_("Dyn token")}
%elif c.scope == 'selfservice.enroll':
<script>
function self_dyn_get_param() {
    var urlparam = {};
    urlparam['type'] = 'dyn';
    urlparam['description'] = "self enrolled";
    urlparam['otpkey'] = $('#dyn_secret').val();
    urlparam['otppin'] = $('#dyn_s_pin1').val();
    urlparam['serial'] = generate_serial("DYN");
    return urlparam;
}
function self_dyn_clear() {
    $('#dyn_secret').val('');
    $('#dyn_s_pin1').val('');
}
function self_dyn_submit() {
    if ($('#form_enroll_dyn').valid()) {
        enroll_token(self_dyn_get_param());
        return true;
    }
    alert("${_('Please give the key.')}");
    return false;
}
</script>
<form id="form_enroll_dyn">
    <p><label for="dyn_secret">${_("Key in hexadecimal")}</label>
    <input type="text" id="dyn_secret" class="required" required autocomplete="off"></p>
    <p><label for="dyn_s_pin1">${_("PIN")}</label> <input type="password" id="dyn_s_pin1" autocomplete="off"></p>
</form>
%elif c.scope == 'selfservice.tab.enroll':
${_("Dyn token")}
%endif
